import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import lockfile from '../package-lock.json' with { type: 'json' };
import type { ArchiveEntry } from './archive-entry.ts';
import { buildBundles, LICENSES_FILE } from './build-bundles.ts';
import { checksumsText, sha256 } from './checksums.ts';
import { makeArchive } from './make-archive.ts';
import { makeExecutable } from './make-executable.ts';
import { makeNpmPackage, NPM_PACKAGE } from './npm-package.ts';
import { archiveName, executableName, PLATFORMS, platformOf } from './platforms.ts';
import { pluginManifest } from './plugin-manifest.ts';
import { softwareBill } from './software-bill.ts';
import { licensesText } from './third-party-licenses.ts';
import { nodeLicense } from './unpack-node.ts';

export interface ReleaseOptions {
  readonly root: string;
  /** For the bundles, `release/` with what is uploaded, `npm/`, and `krew-index/`, laid out as an index of krew; made anew. */
  readonly dist: string;
  /** Where `release/` will be found, without a slash at its end. */
  readonly releaseUrl: string;
  readonly report: (message: string) => void;
}

const { version } = packageJson;

const text = (name: string, content: string): ArchiveEntry => ({
  name,
  content: Buffer.from(content),
  executable: false,
});

/** The archives of all platforms with their checksums, in the folder `release`. */
const writeArchives = async ({ root, dist, report }: ReleaseOptions, release: string, work: string) => {
  const notices = await buildBundles(root, dist);
  await mkdir(release);
  const licenses = [
    text('LICENSE', await readFile(join(root, 'LICENSE'), 'utf8')),
    text(LICENSES_FILE, licensesText([await nodeLicense(work), ...notices])),
  ];
  const here = platformOf(process.platform, process.arch);
  const sums = new Map<string, string>();
  // One after the other: each holds some hundred megabytes.
  for (const platform of PLATFORMS) {
    const content = await makeExecutable({ platform, here, bundles: dist, folder: work });
    const program: ArchiveEntry = { name: executableName(platform), content, executable: true };
    const archive = await makeArchive(platform, [program, ...licenses]);
    const name = archiveName(platform, version);
    await writeFile(join(release, name), archive);
    sums.set(name, sha256(archive));
    report(`${name}: ${Math.round(archive.length / 1e6)} MB`);
  }
  return sums;
};

/** Makes everything that a release consists of. */
export const makeRelease = async (options: ReleaseOptions): Promise<void> => {
  const { root, dist, releaseUrl, report } = options;
  const release = join(dist, 'release');
  const plugins = join(dist, 'krew-index', 'plugins');
  // Nothing of another version may be uploaded with this one.
  for (const stale of [release, dirname(plugins)]) await rm(stale, { recursive: true, force: true });
  const work = await mkdtemp(join(tmpdir(), 'kubectl-recover-release-'));
  try {
    const sums = await writeArchives(options, release, work);
    const manifest = pluginManifest({ version, releaseUrl, sums });
    const others = new Map([
      ['recover.yaml', manifest],
      [`kubectl-recover_v${version}.cdx.json`, softwareBill(lockfile)],
    ]);
    for (const [name, content] of others) {
      await writeFile(join(release, name), content);
      sums.set(name, sha256(Buffer.from(content)));
    }
    await makeNpmPackage(root, dist, release);
    sums.set(NPM_PACKAGE, sha256(await readFile(join(release, NPM_PACKAGE))));
    await writeFile(join(release, 'checksums.txt'), checksumsText(sums));
    await mkdir(plugins, { recursive: true });
    await writeFile(join(plugins, 'recover.yaml'), manifest);
    report(`release v${version} is in "${release}"`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};
