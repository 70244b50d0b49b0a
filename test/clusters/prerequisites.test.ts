import { expect, test } from 'vitest';
import { type MachineFacts, missingPrerequisites, requirePrerequisites } from './prerequisites.ts';

const good: MachineFacts = {
  nodeVersion: 'v26.10.0',
  platform: 'linux',
  goVersion: 'go1.26.8',
  goToolchain: 'auto',
  freeBytes: new Map([['/cache', 50e9]]),
};

test('nothing is missing on a good machine', () => {
  expect(missingPrerequisites(good)).toEqual([]);
  expect(() => requirePrerequisites(good)).not.toThrow();
});

test('an older Go that may fetch a newer one is enough', () => {
  expect(missingPrerequisites({ ...good, goVersion: 'go1.24.1' })).toEqual([]);
});

const bad: readonly [string, Partial<MachineFacts>, RegExp][] = [
  ['no Go', { goVersion: undefined }, /Go >= 1\.24: no "go" on the PATH.*go\.dev/],
  ['Go too old', { goVersion: 'go1.22.1' }, /Go >= 1\.24: this is "go1\.22\.1"/],
  ['Go held back', { goVersion: 'go1.25.0', goToolchain: 'local' }, /GOTOOLCHAIN=auto/],
  ['Node too old', { nodeVersion: 'v20.20.2' }, /Node >= 22\.18: this is "v20\.20\.2".*npm ci/],
  ['another system', { platform: 'win32' }, /Linux or macOS: this is "win32"/],
  ['disk full', { freeBytes: new Map([['/cache', 1.25e9]]) }, /"\/cache" has 1\.3 GB; free some/],
];

test.each(bad)('%s is said by name with what would mend it', (_, change, message) => {
  const missing = missingPrerequisites({ ...good, ...change });
  expect(missing).toHaveLength(1);
  expect(missing[0]).toMatch(message);
});

test('one error lists all', () => {
  const worst = { ...good, goVersion: undefined, nodeVersion: 'v20.20.2', freeBytes: new Map([['/cache', 0]]) };
  const thrown = expect.objectContaining({
    code: 'MissingPrerequisites',
    message: expect.stringMatching(/Node >=.*Go >=.*free disk/s),
  });
  expect(() => requirePrerequisites(worst)).toThrow(thrown);
});
