import { describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { run } from '../run.ts';

/** Of a command that asks no cluster. */
const outcome = async (...flags: readonly string[]) => {
  const terminal = new FakeTerminal();
  return { exitCode: await run(['version', ...flags], terminal), talk: terminal.talk };
};

const usage = (message: string, mend: string) => ({
  exitCode: 2,
  talk: `Error: ${message} (UsageError)\n  do: ${mend}\n`,
});

describe('a flag is refused', () => {
  test.each([
    ['--as-group', 'team'],
    ['--as-uid', '42'],
    ['--as-user-extra', 'a=b'],
  ])('%s without --as', async (flag, value) => {
    expect(await outcome(flag, value)).toEqual(
      usage(`${flag} needs --as: nobody can act as a group alone`, 'name the user to act as with --as'),
    );
    expect((await outcome(flag, value, '--as', 'alice')).exitCode).toBe(0);
  });

  test.each(['scopes', '=view', '='])('--as-user-extra "%s", which is no KEY=VALUE', async extra => {
    expect(await outcome('--as', 'alice', `--as-user-extra=${extra}`)).toEqual(
      usage(`"${extra}" is no extra of a user`, 'write --as-user-extra KEY=VALUE'),
    );
  });

  test('--insecure-skip-tls-verify with --certificate-authority', async () => {
    expect(await outcome('--insecure-skip-tls-verify', '--certificate-authority', 'ca.crt')).toEqual(
      usage(
        '--insecure-skip-tls-verify and --certificate-authority exclude each other',
        'give --certificate-authority alone: the server is then checked',
      ),
    );
    expect((await outcome('--insecure-skip-tls-verify=false', '--certificate-authority', 'ca.crt')).exitCode).toBe(0);
  });

  test.each([
    ...['--server', '--certificate-authority', '--client-certificate', '--client-key', '--tls-server-name'],
    ...['--token', '--as', '--as-group', '--as-uid'],
  ])('%s that is empty, as of a variable that is not set', async flag => {
    expect(await outcome(flag, '')).toEqual(usage(`${flag} is empty`, `write a value behind ${flag}, or leave it out`));
  });
});
