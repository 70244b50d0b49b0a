import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { archiveName, PLATFORMS } from './platforms.ts';
import { pluginManifest } from './plugin-manifest.ts';

const sums = new Map(PLATFORMS.map((platform, index) => [archiveName(platform, '1.2.3'), String(index).repeat(64)]));
const text = pluginManifest({ version: '1.2.3', releaseUrl: 'https://example.com/v1.2.3', sums });
const manifest = parse(text);

test('the version has the v that krew demands', () => {
  expect(manifest).toMatchObject({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'recover' },
    spec: { version: 'v1.2.3' },
  });
});

test('each platform has its own archive, checksum and program', () => {
  expect(manifest.spec.platforms).toHaveLength(PLATFORMS.length);
  expect(manifest.spec.platforms[4]).toEqual({
    selector: { matchLabels: { os: 'windows', arch: 'amd64' } },
    uri: 'https://example.com/v1.2.3/kubectl-recover_v1.2.3_windows_amd64.zip',
    sha256: '4'.repeat(64),
    bin: 'kubectl-recover.exe',
  });
});

test('an archive without a checksum gets no manifest', () => {
  expect(() => pluginManifest({ version: '1.2.3', releaseUrl: 'https://example.com', sums: new Map() })).toThrow(
    expect.objectContaining({ code: 'ChecksumMissing' }),
  );
});

test('krew shows texts that fit: one short line, then at most 80 columns', () => {
  expect(manifest.spec.shortDescription.length).toBeLessThanOrEqual(50);
  const lines: string[] = `${manifest.spec.description}\n${manifest.spec.caveats}`.split('\n');
  expect(lines.filter(line => line.length > 80)).toEqual([]);
});
