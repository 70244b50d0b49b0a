import { getRawAsset } from 'node:sea';
import { quickAnswer } from '../plugin/quick-answer.ts';
import { bundleScript, runBundle } from './bundle-script.ts';
import { BUNDLE_ASSET, CODE_CACHE_ASSET, isCodeCache } from './executable-assets.ts';

/** Starts the bundle that was put into this executable. */
const start = (): void => {
  const codeCache = new Uint8Array(getRawAsset(CODE_CACHE_ASSET));
  // esbuild writes ASCII.
  const source = Buffer.from(getRawAsset(BUNDLE_ASSET)).toString('latin1');
  runBundle(bundleScript(source, process.execPath, isCodeCache(codeCache) ? codeCache : undefined), process.execPath);
};

// Where a single executable begins.
const answer = quickAnswer(process.argv.slice(2));
if (answer === undefined) start();
else process.stdout.write(answer);
