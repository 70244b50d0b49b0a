import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import lockfile from '../package-lock.json' with { type: 'json' };
import { archiveName, executableName, PLATFORMS, platformOf } from './platforms.ts';

test('each platform has its Node pinned in package.json and in the lockfile, all at one version', () => {
  expect(PLATFORMS.map(({ nodePackage }) => nodePackage).sort()).toEqual(
    Object.keys(packageJson.optionalDependencies).sort(),
  );
  expect(new Set(Object.values(packageJson.optionalDependencies)).size).toBe(1);
  const locked: Readonly<Record<string, unknown>> = lockfile.packages;
  for (const { nodePackage } of PLATFORMS) expect(locked[`node_modules/${nodePackage}`]).toBeDefined();
});

test('a process finds its platform by the names of Node', () => {
  expect(platformOf('darwin', 'arm64')).toMatchObject({ os: 'darwin', arch: 'arm64' });
  expect(platformOf('win32', 'x64')).toMatchObject({ os: 'windows', arch: 'amd64' });
});

test('a platform without a pinned Node is refused', () => {
  expect(() => platformOf('freebsd', 'x64')).toThrow(expect.objectContaining({ code: 'PlatformUnknown' }));
});

test('only Windows gets an .exe in a zip', () => {
  const names = PLATFORMS.map(platform => `${archiveName(platform, '1.2.3')} ${executableName(platform)}`);
  expect(names).toEqual([
    'kubectl-recover_v1.2.3_linux_amd64.tar.gz kubectl-recover',
    'kubectl-recover_v1.2.3_linux_arm64.tar.gz kubectl-recover',
    'kubectl-recover_v1.2.3_darwin_amd64.tar.gz kubectl-recover',
    'kubectl-recover_v1.2.3_darwin_arm64.tar.gz kubectl-recover',
    'kubectl-recover_v1.2.3_windows_amd64.zip kubectl-recover.exe',
  ]);
});
