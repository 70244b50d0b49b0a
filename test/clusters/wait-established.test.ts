import { expect, test } from 'vitest';
import { waitEstablished } from './wait-established.ts';

test('a kind without conditions yet is waited for', async () => {
  const answers = ['True\n\nTrue\n', 'True\nFalse\nTrue\n', 'True\nTrue\nTrue\n'];
  let asked = 0;
  await waitEstablished(() => Promise.resolve(answers[asked++] ?? ''));
  expect(asked).toBe(3);
});
