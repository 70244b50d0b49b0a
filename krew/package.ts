import { join } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { reportToStderr } from '../test/clusters/reporter.ts';
import { makeRelease } from './make-release.ts';
import { HOMEPAGE } from './plugin-manifest.ts';

// npm run package [-- --release-url https://HOST/PATH]
const { values } = parseArgs({
  options: { 'release-url': { type: 'string', default: `${HOMEPAGE}/releases/v${packageJson.version}` } },
});
const root = join(import.meta.dirname, '..');
await makeRelease({
  root,
  dist: join(root, 'dist'),
  releaseUrl: values['release-url'].replace(/\/$/, ''),
  report: reportToStderr,
});
