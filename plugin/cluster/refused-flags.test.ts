import { describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { run } from '../run.ts';

const outcome = async (...argv: readonly string[]) => {
  const terminal = new FakeTerminal();
  return { exitCode: await run(argv, terminal), data: terminal.data, talk: terminal.talk };
};

describe('a flag of kubectl is refused by name', () => {
  test.each([
    [['--username', 'alice'], 'Kubernetes has had no login by name and password since 1.19'],
    [['--password=secret'], 'Kubernetes has had no login by name and password since 1.19'],
    [['--cache-dir', '/tmp'], 'the plugin caches nothing'],
    [['--disable-compression'], 'the plugin never asks for compressed answers'],
    [['--kuberc', '/tmp/kuberc'], 'the plugin reads no kuberc, whose defaults are for kubectl’s own commands'],
    [['--log-flush-frequency=5s'], 'the plugin does not log with klog'],
    [['--match-server-version'], 'the plugin has versions of its own, which no API server has'],
    [['--profile', 'cpu'], 'the plugin is no Go program and writes no profiles'],
    [['--profile-output', 'x'], 'the plugin is no Go program and writes no profiles'],
    [['--vmodule', 'a=1'], 'the plugin does not log with klog'],
    [['--warnings-as-errors'], 'the plugin does not read the warnings of API servers'],
  ])('%j', async (flags, reason) => {
    const [name = ''] = (flags[0] ?? '').split('=');
    for (const argv of [
      ['version', ...flags],
      [...flags, 'version'],
      ['shop', '--latest', ...flags],
    ]) {
      const { exitCode, data, talk } = await outcome(...argv);
      expect({ exitCode, data }).toEqual({ exitCode: 2, data: '' });
      expect(talk).toMatch(`Error: ${name} is not taken: ${reason} (UsageError)\n  do: `);
      expect(talk).not.toContain('secret');
    }
  });

  test('and it is said what to do instead', async () => {
    expect((await outcome('version', '--username', 'alice')).talk).toContain(
      '\n  do: log in with a token, a client certificate or a login program of the kubeconfig\n',
    );
  });

  test('and stands in no help, which comes first all the same', async () => {
    const { exitCode, data } = await outcome('--username', 'alice', '--help');
    expect(exitCode).toBe(0);
    expect(data).not.toMatch(/--(username|password|cache-dir|vmodule)/);
  });

  test('but not where it is a value, or behind --', async () => {
    expect((await outcome('version', '--as', 'cache-dir')).exitCode).toBe(0);
    expect((await outcome('version', '--', '--cache-dir')).talk).toContain('"--cache-dir" is one word too many');
  });
});
