import { expect, test } from 'vitest';
import { repeatedFlags } from './repeated-flags.ts';

const flags = (given: Partial<Parameters<typeof repeatedFlags>[0]>): string =>
  repeatedFlags({ requestTimeoutMs: 10_000, ...given }, 'dr');

test('the context is named, though it was the current one', () => {
  expect(flags({})).toBe('--context dr');
});

test('all that leads to the cluster and the login is repeated, ready for a shell', () => {
  expect(
    flags({
      kubeconfig: '/home/alice/my config',
      server: 'https://10.0.0.1:6443',
      insecureSkipTlsVerify: true,
      as: "o'hara",
      asGroup: ['team-shop', 'system:x'],
      asUserExtra: ['reason=INC 42'],
    }),
  ).toBe(
    "--kubeconfig '/home/alice/my config' --context dr --server https://10.0.0.1:6443 --as 'o'\\''hara' " +
      "--as-group team-shop --as-group system:x --as-user-extra 'reason=INC 42' --insecure-skip-tls-verify",
  );
});

test('a token is never told', () => {
  expect(flags({ token: 'very-secret' })).toBe('--context dr --token TOKEN');
});
