import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CODES } from '../../api/codes.ts';
import { FakeApiServer } from '../../test/fakes/fake-api-server.ts';
import { FakeCatalogue } from '../../test/fakes/fake-catalogue.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { commandHelps } from '../../test/golden/command-help.ts';
import { type CommandNode, commandTree } from './command-tree.ts';
import { complete } from './complete.ts';

const cluster = { 'insecure-skip-tls-verify': true };

let catalogue: FakeCatalogue;
let folder: KubeconfigFolder;
let env: Readonly<Record<string, string>>;

beforeAll(() => {
  folder = new KubeconfigFolder();
});
afterAll(() => folder.remove());

beforeEach(async () => {
  catalogue = await FakeCatalogue.start('prod');
  const group = { id: 'x', namespaces: [], owners: [], ready: true, points: 2 };
  const point = { source: 'x', startTime: '2026-03-02T03:00:00Z', namespaces: ['shop'], phase: 'Completed' };
  catalogue.answer = {
    groups: [
      { ...group, namespace: 'shop', name: 'shop' },
      { ...group, namespace: 'a', name: 'billing' },
      { ...group, namespace: 'b', name: 'billing' },
    ],
    points: [
      { ...point, backup: 'nightly-2', usable: true },
      { ...point, backup: 'nightly-1', usable: false },
    ],
  };
  env = {
    KUBECONFIG: folder.write('config', [
      { name: 'prod', server: catalogue.url, cluster },
      { name: 'dr', server: 'https://dr.invalid', cluster },
    ]),
  };
});
afterEach(() => catalogue.stop());

/** Candidates without what they are, and the directive. */
const completed = async (
  words: readonly string[],
  setting: { readonly elapsedMs?: number; readonly env?: object } = {},
) => {
  const terminal = new FakeTerminal({ env: { ...env, ...setting.env } });
  // Long ago, so that a slow machine does not cut it off; the deadline has tests of its own.
  const offered = await complete(words, terminal, setting.elapsedMs ?? -60_000);
  expect(terminal.talk).toBe('');
  return offered
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t')[0]);
};

describe('commands', () => {
  test('all that the help names are offered, level by level', async () => {
    for (const words of (await commandHelps()).keys()) {
      const typed = words.split(' ');
      const last = typed.pop() ?? '';
      if (last !== '') expect(await completed([...typed, last])).toContain(last);
    }
  });

  test('what was typed is gone on with', async () => {
    expect(await completed(['gr'])).toEqual(['group', ':4']);
    expect(await completed(['cluster', 'declare-'])).toEqual(['declare-lost', 'declare-found', ':4']);
  });

  test('each says what it is', async () => {
    expect(await complete(['explai'], new FakeTerminal({ env }), 0)).toMatch(/^explain\tExplain /);
  });
});

describe('flags', () => {
  test('those of the command and of every command, and none that was given', async () => {
    const flags = await completed(['points', 'shop', '--limit=3', '--']);
    expect(flags).toEqual(expect.arrayContaining(['--from-context', '--context', '--help', ':4']));
    expect(flags).not.toContain('--limit');
    expect(flags).not.toContain('--latest');
  });

  test('all that the help names are offered', async () => {
    for (const [words, help] of await commandHelps()) {
      const named = new Set([...help.matchAll(/^ {2}(?:-\w,| {3}) (--[a-z-]+) /gm)].map(([, flag]) => flag));
      const offered = await completed([...words.split(' ').filter(Boolean), '--']);
      expect([words, [...named].filter(flag => !offered.includes(flag))]).toEqual([words, []]);
    }
  });

  test('none that is refused by name', async () => {
    expect(await completed(['points', '--user'])).toEqual(['--user', ':4']);
    expect(await completed(['points', '--cache'])).toEqual([':4']);
  });

  test('none behind --', async () => {
    expect(await completed(['--', '--'])).toEqual([':4']);
  });

  test.each([
    [
      ['shop', '--volumes', ''],
      ['restore', 'skip', ':4'],
    ],
    [
      ['shop', '--volumes='],
      ['restore', 'skip', ':4'],
    ],
    [
      ['points', 'shop', '-o', 'js'],
      ['json', 'jsonpath=', ':4'],
    ],
    [
      ['--color', 'a'],
      ['auto', 'always', ':4'],
    ],
    [['--kubeconfig', ''], [':0']],
    [['prepare', 'shop', '-o', ''], [':0']],
    [['shop', '--reason', ''], [':4']],
  ])('values of %j', async (words, expected) => {
    expect(await completed(words)).toEqual(expected);
  });
});

test('no argument of a command has the name of a flag, which would be taken for it: --token is a login', () => {
  const root = commandTree(new FakeTerminal());
  const namesIn = ({ flags, positionals, commands }: CommandNode, given: readonly string[]): string[] => {
    const all = [...given, ...flags.map(({ name }) => name)];
    const own = positionals.map(({ name }) => name).filter(name => all.includes(name));
    return [...own, ...[...commands.values()].flatMap(command => namesIn(command, all))];
  };
  expect(namesIn(root, [])).toEqual([]);
});

describe('names', () => {
  test('groups, with their namespace where it takes one to tell them apart', async () => {
    expect((await completed(['points', ''])).sort()).toEqual([':4', 'a/billing', 'b/billing', 'shop']);
    expect(await completed(['points', 'sh'])).toEqual(['shop', ':4']);
    expect(await completed(['sh'])).toEqual(['shop', ':4']);
    expect(await completed(['group', 'show', 'sh'])).toEqual(['shop', ':4']);
  });

  test('points of the group that was typed, and of those the ones that can be used', async () => {
    expect(await completed(['shop', '--point', ''])).toEqual(['nightly-2', ':36']);
    expect(catalogue.asked.at(-1)?.group).toBe('shop');
  });

  test.each([['--context'], ['--from-context']])('contexts for %s, without asking any cluster', async flag => {
    expect(await completed(['shop', flag, ''])).toEqual(['prod', 'dr', ':4']);
    expect(catalogue.asked).toEqual([]);
  });

  test('contexts of the kubeconfig that was typed', async () => {
    const other = folder.write('other', [{ name: 'lab' }]);
    expect(await completed(['--kubeconfig', other, '--context', ''])).toEqual(['lab', ':4']);
  });

  test('contexts of a list, behind those that were typed', async () => {
    expect(await completed(['cluster', 'trust', '--contexts', ''])).toEqual(['prod', 'dr', ':4']);
    expect(await completed(['cluster', 'trust', '--contexts', 'dr,p'])).toEqual(['dr,prod', ':4']);
  });

  test('namespaces of a list, behind those that were typed', async () => {
    catalogue.serve('/api/v1/namespaces', { items: [{ metadata: { name: 'shop' } }, { metadata: { name: 'mail' } }] });
    expect(await completed(['group', 'create', 'x', '--namespaces', 'shop,m'])).toEqual(['shop,mail', ':4']);
  });

  test('codes', async () => {
    expect(await completed(['explain', ''])).toEqual([...Object.keys(CODES), ':4']);
  });
});

describe('a cluster that is away', () => {
  test.each([
    ['unknown', ['points', '', '--context', 'dr', 'x']],
    ['no kubeconfig', ['points', '']],
  ])('%s says nothing', async (_, words) => {
    expect(await completed(words, { env: { KUBECONFIG: '/none' } })).toEqual([':4']);
  });

  test('one that does not answer is waited for until the deadline, and no longer', async () => {
    const silent = await FakeApiServer.start(() => undefined);
    try {
      const KUBECONFIG = folder.write('silent', [{ name: 'prod', server: silent.url, cluster }]);
      const begun = performance.now();
      expect(await completed(['points', ''], { env: { KUBECONFIG }, elapsedMs: 100 })).toEqual([':4']);
      // Far less than the ten seconds of a request; how much exactly is the machine's.
      expect(performance.now() - begun).toBeLessThan(5_000);
    } finally {
      await silent.stop();
    }
  });

  describe('one behind which everything vanishes', () => {
    /** Takes connections, like a firewall between, and lets none get any further. */
    let hole: Server;
    let server: string;

    beforeEach(async () => {
      hole = createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
      await once(hole, 'listening');
      server = `https://127.0.0.1:${(hole.address() as AddressInfo).port}`;
    });
    afterEach(() => {
      hole.close();
    });

    // The last address is one of RFC 5737, which nobody has.
    test.each([[() => server], [() => 'https://192.0.2.1:6443']])('says nothing', async address => {
      const KUBECONFIG = folder.write('hole', [{ name: 'prod', server: address(), cluster }]);
      for (const words of [
        ['points', ''],
        ['shop', '--point', ''],
        ['group', 'create', 'x', '-n', ''],
      ]) {
        expect(await completed(words, { env: { KUBECONFIG }, elapsedMs: 200 })).toEqual([
          expect.stringMatching(/^:(4|36)$/),
        ]);
      }
    });

    test('keeps no program running', async () => {
      const KUBECONFIG = folder.write('hole', [{ name: 'prod', server, cluster }]);
      const start = new URL('../main.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [start, '__complete', 'points', ''], {
        env: { KUBECONFIG },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = once(child, 'close');
      expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual([':4\n', '']);
      expect(await ended).toEqual([0, null]);
    });
  });

  test('past the deadline it is not asked', async () => {
    expect(await completed(['points', ''], { elapsedMs: 1_000 })).toEqual([':4']);
    expect(catalogue.asked).toEqual([]);
  });
});

/** What the scripts of `kubectl completion bash|zsh|fish|powershell` do with it. */
describe('the shells', () => {
  const offered = (words: readonly string[], KUBECONFIG = env['KUBECONFIG']): Promise<string> =>
    complete(words, new FakeTerminal({ env: { KUBECONFIG } }), -60_000);

  test.each([
    [['points', '']],
    [['shop', '--point', '']],
    [['shop', '--']],
    [['']],
    [['explain', '']],
    [['--kubeconfig', '']],
    [['shop', '--reason', '']],
  ])('take the last line of %j for what they may do beside, and every other one for a candidate', async words => {
    const lines = (await offered(words)).split('\n');
    expect(lines.slice(-2)).toEqual([expect.stringMatching(/^:\d+$/), '']);
    for (const line of lines.slice(0, -2)) expect(line).toMatch(/^[^\t]+(\t[^\t]+)?$/);
  });

  test('complete files for a file, and for nothing else', async () => {
    expect(await offered(['--kubeconfig', 'x'])).toBe(':0\n');
    expect(await offered(['points', 'shop', 'x'])).toBe(':4\n');
  });

  test('keep points in their order, the newest first', async () => {
    const point = { source: 'x', startTime: '2026-03-02T03:00:00Z', namespaces: [], phase: 'Completed', usable: true };
    catalogue.answer = { points: ['b', 'c', 'a'].map(backup => ({ ...point, backup })) };
    const lines = (await offered(['shop', '--point', ''])).trimEnd().split('\n');
    expect(lines.map(line => line.split('\t')[0])).toEqual(['b', 'c', 'a', ':36']);
  });

  test('put the flag before a value themselves', async () => {
    expect(await offered(['shop', '--context=d'])).toBe('dr\n:4\n');
  });

  test('quote names themselves, whatever is in them', async () => {
    const names = [
      'my prod',
      'admin@prod',
      'arn:aws:eks:eu-west-1:1:cluster/prod',
      "o'neil",
      'a$b',
      'team(x)',
      'a|b;c',
    ];
    const KUBECONFIG = folder.write(
      'special',
      names.map(name => ({ name })),
    );
    expect(await offered(['--context', ''], KUBECONFIG)).toBe(`${names.join('\n')}\n:4\n`);
    expect(await offered(['--context', 'my '], KUBECONFIG)).toBe('my prod\n:4\n');
  });

  test.each(['"my ', "'my "])('may pass on %s with the quote that opens it', async word => {
    const KUBECONFIG = folder.write('special', [{ name: 'my prod' }]);
    expect(await offered(['--context', word], KUBECONFIG)).toBe('my prod\n:4\n');
  });

  test('are given no name that they would read as something else, or that would steer the terminal', async () => {
    const KUBECONFIG = folder.write(
      'odd',
      ['a\tb', 'a\n:0', 'a\u001b[2J', '_activeHelp_ run this', 'apart'].map(name => ({ name })),
    );
    expect(await offered(['--context', ''], KUBECONFIG)).toBe('apart\n:4\n');
  });
});

test('a flag that may be given again is offered again', async () => {
  expect(await completed(['points', 'shop', '--as-group', 'a', '--as-g'])).toEqual(['--as-group', ':4']);
  expect(await completed(['points', 'shop', '--as', 'a', '--as'])).not.toContain('--as');
});
