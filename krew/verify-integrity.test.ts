import { expect, test } from 'vitest';
import { verifyIntegrity } from './verify-integrity.ts';

// printf abc | openssl dgst -sha512 -binary | base64
const ABC = 'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==';

test('the content that the lockfile names passes', () => {
  expect(() => verifyIntegrity('a', Buffer.from('abc'), ABC)).not.toThrow();
});

test.each([
  ['other content', 'abd', ABC],
  ['no hash', 'abc', ''],
  ['a SHA-1', 'abc', 'sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0='],
])('%s is refused', (_case, content, integrity) => {
  expect(() => verifyIntegrity('a', Buffer.from(content), integrity)).toThrow(
    expect.objectContaining({ code: 'IntegrityMismatch' }),
  );
});
