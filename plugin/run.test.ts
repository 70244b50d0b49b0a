import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CODES } from '../api/codes.ts';
import { ApiError } from '../api/kubernetes/api-error.ts';
import packageJson from '../package.json' with { type: 'json' };
import { failureStatus, sendJson } from '../test/fakes/fake-api-server.ts';
import { conditionOf, FakeCatalogue } from '../test/fakes/fake-catalogue.ts';
import { FakeTerminal, type TerminalSetting } from '../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../test/fakes/kubeconfig-folder.ts';
import { pointAnswer } from '../test/fakes/point-answer.ts';
import { EXIT_CODE_HELP } from './exit-codes.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';

interface Ended {
  readonly exitCode: number;
  readonly data: string;
  readonly talk: string;
  readonly terminal: FakeTerminal;
}

const runWith = async (argv: readonly string[], setting: TerminalSetting = {}): Promise<Ended> => {
  const terminal = new FakeTerminal(setting);
  const exitCode = await run(argv, terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk, terminal };
};

const outcome = async (argv: readonly string[], setting?: TerminalSetting) => {
  const { exitCode, data, talk } = await runWith(argv, setting);
  return { exitCode, data, talk };
};

const usage = (message: string, mend = 'see kubectl recover --help') => ({
  exitCode: 2,
  data: '',
  talk: `Error: ${message} (UsageError)\n  do: ${mend}\n`,
});

/** A command line that would be right, but for what is put behind it. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  recover: ['shop', '--latest'],
  'group create': ['group', 'create', 'shop', '--namespaces', 'shop', '--owner', 'user:alice', '--dry-run', 'client'],
  'group list': ['group', 'list'],
  'group show': ['group', 'show', 'shop'],
  'group claim': ['group', 'claim', 'shop'],
  'cluster show': ['cluster', 'show'],
  'cluster trust': ['cluster', 'trust', '--from-context', 'prod'],
  points: ['points', 'shop'],
  plan: ['plan', 'shop', '--latest'],
  prepare: ['prepare', 'shop', '--latest', '--to-cluster', 'x', '-o', '/nowhere/shop.yaml'],
  status: ['status', 'shop'],
  install: ['install'],
  check: ['check'],
  mode: ['mode', 'enforce'],
  explain: ['explain'],
  version: ['version'],
};

const commands = Object.entries(COMMANDS).map(([name, argv]) => ({ name, argv }));

describe('a command line that is not right', () => {
  test.each<[string, readonly string[], string, string?]>([
    ['an unknown flag', ['shop', '--frob'], 'there is no flag --frob'],
    ['an unknown flag with a value', ['shop', '--frob=1'], 'there is no flag --frob'],
    ['an unknown short flag', ['shop', '-x'], 'there is no flag -x'],
    ['two unknown flags', ['shop', '--frob', '--nicate'], 'there is no flag --frob'],
    ['a flag cut short', ['shop', '--lat'], 'there is no flag --lat; did you mean --latest?'],
    [
      'a flag of another command',
      ['version', '--latest'],
      '"kubectl recover version" takes no --latest',
      'see kubectl recover version --help',
    ],
    [
      '--version, which is a command',
      ['--version'],
      'there is no flag --version, but a command of that name',
      'write: kubectl recover version',
    ],
    ['a flag turned off that there is not', ['shop', '--no-frob'], 'there is no flag --no-frob'],
    [
      'a command with a letter wrong, before its group',
      ['stauts', 'shop'],
      'there is no command "stauts"; did you mean "status"?',
      'write: kubectl recover status SUBJECT; all commands: kubectl recover --help',
    ],
    ['a flag with a letter wrong', ['shop', '--latset'], 'there is no flag --latset; did you mean --latest?'],
    [
      'a flag of a command with a letter wrong',
      ['points', 'shop', '--form-context', 'x'],
      'there is no flag --form-context; did you mean --from-context?',
      'see kubectl recover points --help',
    ],
    [
      'an unknown command of groups',
      ['group', 'delete'],
      'there is no command "group delete"',
      'it is one of create, list, show, claim; see kubectl recover group --help',
    ],
    [
      'a command of groups with a letter wrong',
      ['group', 'craete', 'shop', '--owner', 'user:alice'],
      'there is no command "group craete"; did you mean "group create"?',
      'it is one of create, list, show, claim; see kubectl recover group --help',
    ],
    ['no command of groups', ['group'], 'which one: create, list, show or claim?', 'see kubectl recover group --help'],
    [
      'an unknown command of clusters',
      ['cluster', 'delete'],
      'there is no command "cluster delete"',
      'it is one of show, trust, export, keys, rotate-keys, revoke-key, declare-lost, declare-found; see kubectl recover cluster --help',
    ],
    [
      'no command of clusters',
      ['cluster'],
      'which one: show, trust, export, keys, rotate-keys, revoke-key, declare-lost or declare-found?',
      'see kubectl recover cluster --help',
    ],
    [
      'more than one group',
      ['shop', 'billing'],
      '"billing" is one word too many: "shop" is taken for the name of a group',
      'write: kubectl recover GROUP; all commands: kubectl recover --help',
    ],
    [
      'a verb that is not needed',
      ['restore', 'shop'],
      '"shop" is one word too many: "restore" is taken for the name of a group',
      'write: kubectl recover GROUP; all commands: kubectl recover --help',
    ],
    [
      'a command behind the group, with its flags',
      ['shop', 'points', '--limit', '5'],
      'the command "points" stands behind "shop", which is taken for the name of a group',
      'write: kubectl recover points GROUP',
    ],
    [
      'a command behind the group',
      ['shop', 'points'],
      'the command "points" stands behind "shop", which is taken for the name of a group',
      'write: kubectl recover points GROUP',
    ],
    ['a flag without its hyphens', ['shop', 'latest'], '"latest" is one word too many; did you mean --latest?'],
    [
      'a word too many',
      ['version', 'please'],
      '"please" is one word too many',
      'write: kubectl recover version; see kubectl recover version --help',
    ],
    [
      'no group of a command',
      ['points'],
      '"kubectl recover points" lacks its group',
      'write: kubectl recover points GROUP; your groups: kubectl recover group list',
    ],
    [
      'no name of a command',
      ['cluster', 'declare-found'],
      '"kubectl recover cluster declare-found" lacks its name',
      'write: kubectl recover cluster declare-found NAME; see kubectl recover cluster declare-found --help',
    ],
    [
      'a resource without its flag',
      ['shop', '--include-resources', 'pods', 'services'],
      '"services" is one word too many: "shop" is taken for the name of a group',
      'write: kubectl recover GROUP; all commands: kubectl recover --help',
    ],
    [
      'no group',
      [],
      'which application group?',
      'write kubectl recover GROUP; your groups: kubectl recover group list; all commands: kubectl recover --help',
    ],
    [
      'an empty group',
      [''],
      'which application group?',
      'write kubectl recover GROUP; your groups: kubectl recover group list; all commands: kubectl recover --help',
    ],
    [
      'two groups behind --',
      ['--', 'status', 'shop'],
      '"shop" is one word too many',
      'write: kubectl recover GROUP; see kubectl recover --help',
    ],
    [
      'a group before -- and one behind it',
      ['shop', '--', 'status'],
      '"status" is one word too many: "shop" is taken for the name of a group',
      'write: kubectl recover GROUP; all commands: kubectl recover --help',
    ],
    [
      'something behind -- of a command',
      ['version', '--', 'x'],
      '"x" is one word too many',
      'write: kubectl recover version; see kubectl recover version --help',
    ],
    [
      'a flag behind -- of a command',
      ['group', 'list', '--', '-o', 'json'],
      '"-o" is one word too many',
      'write: kubectl recover group list; see kubectl recover group list --help',
    ],
    [
      'a group without namespaces and owners',
      ['group', 'create', 'shop'],
      '--namespaces and --owner are missing',
      'see kubectl recover group create --help',
    ],
    [
      'no cluster to trust',
      ['cluster', 'trust'],
      'which clusters are to trust each other?',
      'say one of --from-context, --contexts and -f; --name and --speaks-for go with --from-context only',
    ],
    [
      'a value that is none of those to choose from',
      ['shop', '--volumes', 'maybe'],
      '--volumes cannot be "maybe"',
      'it is one of restore, skip; see kubectl recover --help',
    ],
    [
      'a format that there is not',
      ['version', '-o', 'xml'],
      '-o xml is not taken',
      '-o takes json, yaml, jsonpath=TEMPLATE, custom-columns=SPEC here',
    ],
    [
      'a mode that there is not',
      ['mode', 'off'],
      '"off" is no mode',
      'it is one of audit, enforce; see kubectl recover mode --help',
    ],
    [
      'a switch that is neither true nor false',
      ['shop', '--latest=yes'],
      '--latest cannot be "yes": it is true or false',
      'write --latest, or --latest=false',
    ],
    [
      'a short switch that is neither',
      ['shop', '-y=1'],
      '-y cannot be "1": it is true or false',
      'write -y, or -y=false',
    ],
    [
      'a time that is none',
      ['shop', '--at', 'noon'],
      '"noon" is not a time',
      'write it as 2026-03-11T04:00:00Z, as -2h (also s, m, d), as 04:00 or as "2026-03-11 04:00" in local time',
    ],
    [
      'a time ago that is none',
      ['shop', '--at', '-2w'],
      '"-2w" is not a time',
      'write it as 2026-03-11T04:00:00Z, as -2h (also s, m, d), as 04:00 or as "2026-03-11 04:00" in local time',
    ],
    ...(['--timeout', '--workload-timeout', '--request-timeout'] as const).map(
      flag =>
        [
          `a duration of ${flag} that is none`,
          ['shop', '--latest', flag, 'soon'],
          `"soon" is not a duration for ${flag}`,
          'write it as 30s, 10m or 1h30m',
        ] as [string, readonly string[], string, string],
    ),
    ...['0', '501', '-1', '1.5', 'all', '0x10', '1e2', ''].map(
      limit =>
        [
          `a limit of "${limit}"`,
          ['points', 'shop', `--limit=${limit}`],
          `"${limit}" is no limit`,
          'write a number from 1 to 500 behind --limit',
        ] as [string, readonly string[], string, string],
    ),
    ['a mapping that is none', ['shop', '--latest', '--map', 'shop'], '"shop" is no mapping', 'write --map OLD=NEW'],
  ])('%s', async (_, argv, message, mend) => {
    expect(await outcome(argv)).toEqual(usage(message, mend));
  });

  test.each(commands)('has an unknown flag: $name', async ({ name, argv }) => {
    const help = name === 'recover' ? 'kubectl recover --help' : `kubectl recover ${name} --help`;
    expect(await outcome([...argv, '--frob'])).toEqual(usage('there is no flag --frob', `see ${help}`));
  });

  test('is told without the login that stands in it', async () => {
    const { talk } = await outcome(['shop', 'points', '--token', 'very-secret', '--frob']);
    expect(talk).not.toContain('very-secret');
  });

  test.each([
    [['--latest', '--point', 'x'], '--point and --latest'],
    [['--point', 'x', '--at', '-2h'], '--point and --at'],
    [['--at=-2h', '--latest'], '--latest and --at'],
    [['--latest', '--at', '04:00', '--point', 'x'], '--point and --latest and --at'],
  ])('chooses a point in two ways: %j', async (flags, both) => {
    expect(await outcome(['shop', ...flags])).toEqual(usage(`${both} exclude each other`, 'give one of them'));
  });

  test('a switch that is turned off excludes nothing', async () => {
    const { talk } = await outcome(['shop', '--latest=false', '--at', '-2h', '--kubeconfig', '/nowhere']);
    expect(talk).toMatch('Error: there is no kubeconfig at "/nowhere" (KubeconfigInvalid)');
  });
});

const GLOBAL = [
  ...['kubeconfig', 'context', 'cluster', 'user', 'namespace', 'server', 'certificate-authority', 'client-certificate'],
  ...['client-key', 'tls-server-name', 'token', 'as', 'as-uid'],
];

/** Flags that take one value, and a value that is right. */
const SCALARS: readonly (readonly [string, string, readonly string[]])[] = [
  ...[...GLOBAL, 'request-timeout'].map(flag => [`--${flag}`, '10s', ['version']] as const),
  ['--output', 'yaml', ['version']],
  ['-v', '6', ['version']],
  ['--color', 'never', ['version']],
  ['-n', 'shop', ['version']],
  ['-s', 'https://x', ['version']],
  ['-o', 'yaml', ['version']],
  ...(
    [
      ['--point', 'x'],
      ['--at', '04:00'],
      ['--from-context', 'prod'],
      ['--to-cluster', 'x'],
      ['--selector', 'app=shop'],
      ['-l', 'app=shop'],
      ['--volumes', 'skip'],
      ['--existing-resources', 'keep'],
      ['--reason', 'x'],
      ['--timeout', '1m'],
      ['--workload-timeout', '1m'],
      ['--dry-run', 'server'],
    ] as const
  ).map(([flag, value]) => [flag, value, ['shop']] as const),
  ['--limit', '5', ['points', 'shop']],
  ['--from-context', 'prod', ['points', 'shop']],
  ['--timeout', '1m', ['status', 'shop']],
  ['--mode', 'Audit', ['install']],
  ['--image', 'x:1', ['install']],
  ['--catalogue-url', 'https://x', ['install']],
  ['--dry-run', 'server', ['install']],
  ['--dry-run', 'server', ['mode', 'audit']],
  ['--name', 'prod', ['cluster', 'trust', '--from-context', 'prod']],
  ['--dry-run', 'client', ['cluster', 'trust', '--from-context', 'prod']],
];

describe('a flag with one value', () => {
  test.each(SCALARS)('%s is refused if it is given twice', async (flag, value, command) => {
    expect(await outcome([...command, flag, value, flag, value])).toEqual(
      usage(`${flag} is given more than once`, 'give it once'),
    );
  });

  test('is given twice by two of its names', async () => {
    expect((await outcome(['version', '-n', 'shop', '--namespace', 'billing'])).exitCode).toBe(2);
    expect((await outcome(['shop', '--from-context=a', '--fromContext=b'])).exitCode).toBe(2);
  });

  test('may be given before the command and is then given twice behind it', async () => {
    expect(await outcome(['--context', 'prod', 'version', '--context', 'dr'])).toEqual(
      usage('--context is given more than once', 'give it once'),
    );
  });
});

describe('a flag without its value', () => {
  const lists: typeof SCALARS = [
    ['--as-group', '', ['version']],
    ['--as-user-extra', '', ['version']],
    ['--map', '', ['shop']],
    ['--include-resources', '', ['shop']],
    ['--exclude-resources', '', ['shop']],
    ['--namespaces', '', ['group', 'create', 'shop', '--owner', 'user:alice']],
    ['--owner', '', ['group', 'create', 'shop', '--namespaces', 'shop']],
    ['--velero', '', ['install']],
    ['--users', '', ['cluster', 'trust', '--from-context', 'prod']],
  ];

  const cases = [...SCALARS, ...lists];

  test.each(cases)('%s is refused at the end', async (flag, _, command) => {
    const { exitCode, data, talk } = await outcome([...command, flag]);
    expect({ exitCode, data }).toEqual({ exitCode: 2, data: '' });
    expect(talk).toMatch(
      /^Error: --?[a-z-]+ lacks its value \(UsageError\)\n {2}do: write what it is: [^\n]+ --help\n$/,
    );
  });

  test.each(cases)('%s does not take the next flag for it', async (flag, _, command) => {
    const { exitCode, data, talk } = await outcome([...command, flag, '--quiet']);
    expect({ exitCode, data }).toEqual({ exitCode: 2, data: '' });
    expect(talk).toMatch(
      /^Error: --?[a-z-]+ lacks its value \(UsageError\)\n {2}do: write what it is: [^\n]+ --help\n$/,
    );
  });

  test('says which', async () => {
    expect(await outcome(['shop', '--point'])).toMatchObject({
      exitCode: 2,
      talk: expect.stringMatching(/^Error: --point lacks its value /),
    });
  });
});

describe('a failure', () => {
  const failing = ['explain', 'Nope'];
  const text = 'Error: there is no code "Nope" (NotFound)\n  do: list them with: kubectl recover explain\n';
  const json =
    '{"code":"NotFound","message":"there is no code \\"Nope\\"","mend":"list them with: kubectl recover explain"}\n';

  test('is told on stderr alone', async () => {
    expect(await outcome(failing)).toEqual({ exitCode: 4, data: '', talk: text });
  });

  test.each([
    [['-o', 'json']],
    [['-ojson']],
    [['-o=json']],
    [['--output', 'json']],
    [['--output=json']],
  ])('is JSON with %j', async flags => {
    expect(await outcome([...failing, ...flags])).toEqual({ exitCode: 4, data: '', talk: json });
    expect(await outcome([...flags, ...failing])).toEqual({ exitCode: 4, data: '', talk: json });
  });

  test.each([[['-o', 'yaml']], [['-ojsonpath={.x}']], [['--output=yaml']]])('is text with %j', async flags => {
    expect((await outcome([...failing, ...flags])).talk).toBe(text);
  });

  test('of the command line itself is JSON too', async () => {
    expect(await outcome(['shop', '--frob', '-o', 'json'])).toEqual({
      exitCode: 2,
      data: '',
      talk: '{"code":"UsageError","message":"there is no flag --frob","mend":"see kubectl recover --help"}\n',
    });
  });

  test('is text where json stands behind --, or is the value of another flag', async () => {
    expect((await outcome(['version', '--', '-o', 'json'])).talk).toMatch('Error: ');
    const flags = [
      ['--reason', 'json'],
      ['--reason=-o=json'],
      ['--reason=--output=json'],
      ['--outputs', 'json'],
      ['--x-o', 'json'],
      ['-ojsonpath'],
      ['--output=jsonx'],
    ];
    for (const given of flags) expect((await outcome(['shop', ...given, '--frob'])).talk).toMatch('Error: ');
  });

  test.each([
    [[], true, true],
    [[], false, false],
    [['--color=always'], false, true],
    [['--color', 'always'], false, true],
    [['--color=never'], true, false],
    [['--color', 'never'], true, false],
    [['--', '--color=always'], false, false],
    [['--as=--color=always'], false, false],
  ])('with %j on a terminal (%s) is coloured: %s', async (flags, isTTY, colored) => {
    const { talk } = await runWith(['version', '--frob', ...flags], { isTTY, env: { TERM: 'xterm' } });
    expect(talk.startsWith('\u001b[31mError:\u001b[39m ')).toBe(colored);
  });

  test('of another kind ends with 1 and without a stack', async () => {
    const terminal = new FakeTerminal();
    const stdout = {
      isTTY: false,
      write: () => {
        throw new ApiError(500, '', 'the pipe is closed');
      },
    };
    const io = { ...terminal, stdout, interrupted: terminal.interrupted };
    expect(await run(['version'], io)).toBe(1);
    expect(terminal.talk).toMatch(/^Error: the pipe is closed \(InternalError\)\n {2}do: [^\n]+\n$/);
  });
});

describe('help', () => {
  test.each([
    [
      ['help', 'points'],
      ['points', '--help'],
    ],
    [
      ['help', 'group', 'create'],
      ['group', 'create', '--help'],
    ],
    [['help'], ['--help']],
  ])('%j is %j', async (asVerb, asFlag) => {
    expect(await outcome(asVerb)).toEqual(await outcome(asFlag));
  });

  const GLOBAL_FLAGS = [
    ...[...GLOBAL, 'insecure-skip-tls-verify', 'as-group', 'as-user-extra'],
    ...['request-timeout', 'output', 'quiet', 'color', 'help'],
  ];

  const flagsOf: Readonly<Record<string, readonly string[]>> = {
    recover: [
      ...[
        'latest',
        'point',
        'at',
        'from-context',
        'to-cluster',
        'to-cloud',
        'to-region',
        'map',
        'include-resources',
        'exclude-resources',
      ],
      ...['selector', 'volumes', 'existing-resources', 'reason', 'wait', 'timeout', 'workload-timeout', 'dry-run'],
      ...['yes', 'filename'],
    ],
    'group create': ['namespaces', 'owner', 'destination', 'dry-run'],
    'group list': ['watch'],
    'group show': ['watch'],
    'group claim': ['dry-run'],
    'cluster show': [],
    'cluster trust': [
      ...['from-context', 'contexts', 'filename', 'name', 'users', 'groups', 'speaks-for', 'yes', 'dry-run'],
    ],
    points: ['from-context', 'limit', 'watch'],
    plan: [
      ...['latest', 'point', 'at', 'from-context', 'map', 'include-resources', 'exclude-resources', 'selector'],
      ...['volumes', 'existing-resources'],
    ],
    prepare: [
      ...['latest', 'point', 'at', 'from-context', 'to-cluster', 'to-cloud', 'to-region', 'map', 'include-resources'],
      ...['exclude-resources', 'selector', 'volumes', 'existing-resources', 'reason', 'workload-timeout', 'duration'],
      'force',
    ],
    status: ['wait', 'watch', 'timeout'],
    install: ['mode', 'velero', 'image', 'catalogue-url', 'dry-run', 'yes'],
    check: [],
    mode: ['force', 'dry-run', 'yes'],
    explain: [],
    version: [],
  };

  const flagsIn = (help: string): readonly string[] =>
    [...(help.split('Examples:')[0] ?? '').matchAll(/^\s+(?:-\w, )?--([a-z-]+) /gm)].map(([, flag]) => flag ?? '');

  test('stands here for every command', () => {
    expect(Object.keys(flagsOf)).toEqual(Object.keys(COMMANDS));
  });

  test.each(
    commands.flatMap(({ name }) => ['--help', '-h'].map(flag => ({ name, flag }))),
  )('of $name by $flag is data, ends with 0 and names exactly its flags, with an example', async ({ name, flag }) => {
    const words = name === 'recover' ? [] : name.split(' ');
    const { exitCode, data, talk } = await runWith([...words, flag]);
    expect({ exitCode, talk }).toEqual({ exitCode: 0, talk: '' });
    expect(flagsIn(data).toSorted()).toEqual([...GLOBAL_FLAGS, ...(flagsOf[name] ?? [])].toSorted());
    expect(data).toContain('Examples:\n');
  });

  test.each([
    [['--help'], ['group', 'cluster', 'points', 'status', 'install', 'check', 'mode', 'explain', 'version']],
    [['help'], ['group', 'cluster', 'points', 'status', 'install', 'check', 'mode', 'explain', 'version']],
    [
      ['group', '--help'],
      ['group create', 'group list', 'group show', 'group claim'],
    ],
    [
      ['cluster', '--help'],
      ['cluster show', 'cluster trust'],
    ],
  ])('%j lists the commands below', async (argv, names) => {
    const { exitCode, data } = await outcome(argv);
    expect(exitCode).toBe(0);
    for (const name of names) expect(data).toMatch(new RegExp(`^  kubectl recover ${name} `, 'm'));
  });

  test('of all tells the exit codes', async () => {
    expect((await outcome(['--help'])).data.replaceAll(/\s+/g, ' ')).toContain(EXIT_CODE_HELP);
  });

  test('comes before all else, even a command line that is not right', async () => {
    const { exitCode, talk } = await outcome(['shop', '--latest', '--point', 'x', '--help']);
    expect({ exitCode, talk }).toEqual({ exitCode: 0, talk: '' });
  });

  test('has lines of at most 110 characters', async () => {
    const { data } = await outcome(['--help']);
    expect(Math.max(...data.split('\n').map(line => line.length))).toBeLessThanOrEqual(110);
  });
});

describe('without a cluster', () => {
  const noCluster = { env: { KUBECONFIG: '/nowhere' } };

  test('version is told', async () => {
    const talk = '';
    expect(await outcome(['version'], noCluster)).toEqual({
      exitCode: 0,
      data: `kubectl-recover ${packageJson.version}\n`,
      talk,
    });
    const { data } = await outcome(['version', '-ojson'], noCluster);
    expect(JSON.parse(data)).toEqual({ client: { version: packageJson.version, node: process.versions.node } });
  });

  test('a code is explained with its exit code', async () => {
    expect(await outcome(['explain', 'NamespaceTaken'], noCluster)).toEqual({
      exitCode: 0,
      data: [
        'NamespaceTaken: A target namespace belongs to somebody else.\n',
        'do: recover beside it: kubectl recover GROUP --map OLD=NEW\n',
        'by: you\nexit code 3\n',
      ].join(''),
      talk: '',
    });
  });

  test('every code is explained', async () => {
    const { data } = await outcome(['explain', '-o', 'yaml'], noCluster);
    expect(parse(data)).toEqual(CODES);
    const lines = (await outcome(['explain'], noCluster)).data.split('\n');
    expect(lines).toHaveLength(Object.keys(CODES).length + 1);
  });

  test('every code says what would mend it, with a command, and who may run it', async () => {
    for (const code of Object.keys(CODES)) {
      const { data } = await outcome(['explain', code, '-o', 'json'], noCluster);
      expect(JSON.parse(data)).toMatchObject({
        code,
        mend: expect.stringMatching(/\S/),
        who: expect.stringMatching(/\S/),
      });
    }
  });

  test.each(['toString', '__proto__', 'namespacetaken'])('"%s" is no code', async code => {
    expect((await outcome(['explain', code], noCluster)).exitCode).toBe(4);
  });

  test('the manifest of a group is made', async () => {
    const { exitCode, data } = await outcome([...(COMMANDS['group create'] ?? []), '--owner', 'group:a,b'], noCluster);
    expect(exitCode).toBe(0);
    expect(parse(data)).toEqual({
      apiVersion: 'kubectl-recover.io/v1alpha1',
      kind: 'ApplicationGroup',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: {
        namespaces: ['shop'],
        owners: [
          { kind: 'User', name: 'alice' },
          { kind: 'Group', name: 'a,b' },
        ],
      },
    });
  });

  test.each(
    commands.filter(({ name }) => !['group create', 'explain', 'version'].includes(name)),
  )('$name says that there is no kubeconfig', async ({ argv }) => {
    expect(await outcome(argv, noCluster)).toEqual({
      exitCode: 1,
      data: '',
      talk: 'Error: there is no kubeconfig at "/nowhere" (KubeconfigInvalid)\n  do: name one with --kubeconfig or KUBECONFIG, or log in to the cluster first\n',
    });
  });
});

describe('with a catalogue', () => {
  let catalogue: FakeCatalogue;
  let other: FakeCatalogue;
  let folder: KubeconfigFolder;
  let env: Readonly<Record<string, string>>;

  beforeAll(() => {
    folder = new KubeconfigFolder();
  });
  afterAll(() => folder.remove());
  beforeEach(async () => {
    [catalogue, other] = await Promise.all([FakeCatalogue.start('prod'), FakeCatalogue.start('dr')]);
    const cluster = { 'insecure-skip-tls-verify': true };
    const KUBECONFIG = folder.write('config', [
      { name: 'prod', server: catalogue.url, cluster },
      { name: 'dr', server: other.url, cluster },
    ]);
    env = { KUBECONFIG };
    catalogue.answer = { points: [pointOf('night', '2026-03-02T03:00:00Z'), pointOf('old', '2026-03-01T03:00:00Z')] };
    other.answer = catalogue.answer;
  });
  afterEach(async () => {
    await Promise.all([catalogue.stop(), other.stop()]);
  });

  const pointOf = (backup: string, startTime: string) => ({
    backup,
    source: '5f0e0c1e-0000-4000-8000-000000000001',
    startTime,
    namespaces: ['shop', 'shop-db'],
    phase: 'Completed',
    usable: true,
  });

  const restoreOf = async (...flags: readonly string[]): Promise<unknown> => {
    const { exitCode, talk } = await outcome(['shop', '--latest', ...flags], { env });
    expect({ exitCode, talk: exitCode === 0 ? '' : talk }).toEqual({ exitCode: 0, talk: '' });
    return catalogue.registered[0]?.spec.restore;
  };

  test('--map, --include-resources and --exclude-resources are repeatable, and all of them arrive', async () => {
    const choice = await restoreOf(
      ...['--map', 'shop=shop-2', '--map=shop-db=shop-db-2', '--include-resources', 'pods'],
      ...[
        '--include-resources',
        'services,pods',
        '--exclude-resources',
        'secrets',
        '--exclude-resources',
        'jobs.batch',
      ],
    );
    expect(choice).toEqual({
      namespaceMapping: { shop: 'shop-2', 'shop-db': 'shop-db-2' },
      includedResources: ['pods', 'services'],
      excludedResources: ['secrets', 'jobs.batch'],
      volumes: 'Restore',
      existingResources: 'Keep',
    });
  });

  test.each([[['-l', 'app=shop']], [['-lapp=shop']], [['--selector=app=shop']]])('%j selects', async flags => {
    expect(await restoreOf(...flags, '--volumes', 'skip', '--existing-resources=update')).toEqual({
      labelSelector: { matchLabels: { app: 'shop' } },
      volumes: 'Skip',
      existingResources: 'Update',
    });
  });

  test('as whom to act may be several groups', async () => {
    await outcome(['group', 'list', '--as', 'alice', '--as-group', 'a', '--as-group', 'b'], { env });
    const sent = catalogue.server.requests[0]?.rawHeaders.map(name => name.toLowerCase()) ?? [];
    expect(sent.filter(name => name === 'impersonate-group')).toHaveLength(2);
  });

  test.each([
    [['--at', '-12h'], 'old'],
    [['--at=-12h'], 'old'],
    [['--at', '-1h'], 'night'],
    [['--at', '2026-03-02T02:59:59Z'], 'old'],
    [['--point', 'old'], 'old'],
    [['--latest'], 'night'],
  ])('%j chooses the point', async (flags, backup) => {
    const { exitCode, talk } = await outcome(['shop', ...flags], { env });
    expect(exitCode).toBe(0);
    expect(talk).toContain(`recovered "shop" from ${backup} in cluster "prod"\n`);
  });

  test('a group named like a command is meant behind --, whatever it looks like', async () => {
    for (const group of ['status', '007', '-o']) {
      expect((await outcome(['--latest', '--', group], { env })).exitCode).toBe(0);
    }
    expect(catalogue.asked.map(({ group }) => group)).toEqual(['status', '007', '-o']);
  });

  test('a group of digits stays as it is written', async () => {
    await outcome(['0123', '--latest'], { env });
    expect(catalogue.asked[0]?.group).toBe('0123');
  });

  test('what is wrong with the command line is told before any cluster is asked', async () => {
    for (const flags of [
      ['--map', 'x'],
      ['-l', 'x'],
      ['--timeout', 'x'],
      ['--at', 'x'],
      ['--include-resources', ''],
    ]) {
      expect((await outcome(['shop', '--latest=false', ...flags], { env })).exitCode).toBe(2);
    }
    expect(catalogue.server.requests).toEqual([]);
  });

  test('the result is data: JSON without tokens, YAML, a name; nothing by default', async () => {
    const { data: json } = await outcome(['shop', '--latest', '-ojson'], { env });
    expect(JSON.parse(json)).toMatchObject({ kind: 'Recovery', spec: { restore: { volumes: 'Restore' } } });
    expect(json).not.toContain('eyJ');
    const { data: name } = await outcome(['shop', '--latest', '-o', 'name'], { env });
    expect(name).toMatch(/^recovery\.kubectl-recover\.io\/[0-9a-f]{32}\n$/);
    expect((await outcome(['shop', '--latest'], { env })).data).toBe('');
  });

  test.each([
    ['name', ['version']],
    ['wide', ['version']],
    ['name', ['check']],
    ['wide', ['shop', '--latest']],
    ['wide', ['group', 'show', 'shop']],
    ['go-template={{.}}', ['points', 'shop']],
    ['jsonpath-file=x', ['points', 'shop']],
    ['jsonpath', ['points', 'shop']],
    ['custom-columns=', ['points', 'shop']],
    ['custom-columns=NAME', ['points', 'shop']],
    ['jsonpath={.items[*', ['shop', '--latest']],
    ['json=x', ['version']],
    ['json', ['mode', 'enforce']],
    ['json', ['install']],
  ])('-o %s is refused for %j, and nothing is sent', async (format, command) => {
    expect((await outcome([...command, '-o', format], { env })).exitCode).toBe(2);
    expect(catalogue.server.requests).toEqual([]);
  });

  test('lists are data in each format that kubectl has', async () => {
    catalogue.answer = { points: [pointAnswer('noon', { usable: false }), pointAnswer('night')] };
    const dataOf = async (format: string) => (await outcome(['points', 'shop', '-o', format], { env })).data;
    expect(JSON.parse(await dataOf('json'))).toMatchObject({ items: [{ backup: 'noon' }, { backup: 'night' }] });
    expect(parse(await dataOf('yaml'))).toMatchObject({ items: [{ backup: 'noon' }, { backup: 'night' }] });
    expect(await dataOf('name')).toBe('noon\nnight\n');
    expect(await dataOf('jsonpath={.items[?(@.usable==true)].backup}')).toBe('night');
    expect(await dataOf('jsonpath={range .items[*]}{.backup}{"\\n"}{end}')).toBe('noon\nnight\n');
    expect(await dataOf('custom-columns=POINT:.backup,WHY:message')).toBe(
      'POINT   WHY\nnoon    <none>\nnight   <none>\n',
    );
    expect(await dataOf('wide')).toMatch(/^POINT +CAPTURED +USABLE +NAMESPACES +SOURCE +EXPIRES +WHY +AGE\n/);
  });

  describe('plan', () => {
    const settings = { type: 'v1/ConfigMap', namespace: 'shop', name: 'settings', digest: 'sha256:1' };
    const pod = { type: 'v1/Pod', namespace: 'shop', name: 'web-1', hooks: ['post.hook.restore.velero.io/command'] };

    beforeEach(() => {
      const objects = [settings, { type: 'v1/Secret', namespace: 'shop', name: 'payment' }, pod];
      catalogue.answer = { points: [pointAnswer('night')], plan: { backup: 'night', objects, contentsRead: true } };
      const resources = ['ConfigMap', 'Secret', 'Pod'].map(kind => ({
        ...{ name: `${kind.toLowerCase()}s`, kind, namespaced: true },
      }));
      catalogue.serve('/api/v1', { resources });
      for (const { name } of resources) catalogue.serve(`/api/v1/namespaces/shop/${name}`, { metadata: {}, items: [] });
      const items = [{ metadata: { name: 'settings', namespace: 'shop' }, data: { motd: 'mine' } }];
      catalogue.serve('/api/v1/namespaces/shop/configmaps', { metadata: {}, items });
    });

    test('shows what would come, what is there and what runs, and registers nothing', async () => {
      expect(await outcome(['plan', 'shop', '--latest'], { env })).toEqual({
        exitCode: 0,
        data: [
          'PLAN      KIND        NAMESPACE   NAME       WHY',
          'create    Secret      shop        payment',
          'create    Pod         shop        web-1',
          'differs   ConfigMap   shop        settings   what is there is kept',
          '',
        ].join('\n'),
        talk: [
          'create 2   same 0   differ 1 (kept; --existing-resources update takes the point’s)',
          'note: pod shop/web-1 has Velero run commands in it: post.hook.restore.velero.io/command',
          'note: left out in any case: objects that are in no namespace, but for volumes',
          '',
        ].join('\n'),
      });
      expect(catalogue.registered).toEqual([]);
      expect(catalogue.asked.at(-1)).toEqual({ group: 'shop', wants: { plan: { backup: 'night' } } });
    });

    test('of Secrets asks for names only', async () => {
      await outcome(['plan', 'shop', '--latest'], { env });
      const accepts = catalogue.server.requests.map(({ url, headers }) => [url, headers['accept']] as const);
      const of = (name: string) => accepts.find(([url = '']) => url.includes(`/${name}`))?.[1];
      expect(of('secrets')).toContain('PartialObjectMetadataList');
      expect(of('configmaps')).toBe('application/json');
    });

    test('is data for scripts', async () => {
      const { data } = await outcome(['plan', 'shop', '--latest', '-o', 'json'], { env });
      expect(JSON.parse(data)).toMatchObject({
        point: { backup: 'night' },
        summary: { create: 2, differs: 1 },
        items: [{ state: 'differs', name: 'settings' }, { state: 'create' }, { state: 'create' }],
      });
    });

    test('is shown before the question, and where it cannot be told that is said', async () => {
      const person = { env, isTTY: true, answers: ['n'] };
      expect((await outcome(['shop', '--latest'], person)).talk).toContain('plan        create 2   same 0   differ 1');
      catalogue.answer = { points: [pointAnswer('night')] };
      const { talk } = await outcome(['shop', '--latest'], { ...person, answers: ['n'] });
      expect(talk).toContain('plan        not known: the catalogue of cluster "prod" is older than this plugin');
      expect(catalogue.registered).toEqual([]);
    });

    test('is not made where nobody is asked', async () => {
      await outcome(['shop', '--latest', '--yes'], { env, isTTY: true });
      expect(catalogue.asked.filter(({ wants }) => wants.plan)).toEqual([]);
    });

    test('that an older catalogue does not tell ends with 1', async () => {
      catalogue.answer = { points: [pointAnswer('night')] };
      expect(await outcome(['plan', 'shop', '--latest'], { env })).toMatchObject({ exitCode: 1, data: '' });
    });
  });

  test('-v=6 tells each request, without the login and what is in it', async () => {
    const { talk } = await outcome(['points', 'shop', '-v=6'], { env });
    expect(talk).toMatch(
      /^POST http\S+\/accessrequests 201 in \d+ ms\nGET http\S+\/accessrequests\/[0-9a-f]{32} 200 in/,
    );
    expect(talk).not.toContain('token-of-prod');
    for (const level of ['-v5', '-v=0']) {
      expect((await outcome(['points', 'shop', level], { env })).talk).not.toContain('POST');
    }
    for (const level of ['-v=x', '-v=11', '-v=-1']) {
      expect((await outcome(['points', 'shop', level], { env })).exitCode).toBe(2);
    }
  });

  test('--watch shows what there is, then what changes, until Ctrl-C', async () => {
    const answers = [
      [pointAnswer('night')],
      [pointAnswer('night')],
      [pointAnswer('noon', { usable: false }), pointAnswer('night')],
      [pointAnswer('noon'), pointAnswer('night')],
    ];
    const terminal = new FakeTerminal({ env });
    const io: Io = {
      ...terminal,
      clock: terminal.clock,
      interrupted: terminal.interrupted,
      sleep: async milliseconds => {
        // For an answer of the catalogue; between two lists it is longer.
        if (milliseconds < 1_000) return;
        const next = answers.shift();
        if (next === undefined) terminal.interruption.abort();
        else catalogue.answer = { points: next };
      },
    };
    catalogue.answer = { points: answers.shift() ?? [] };
    expect(await run(['points', 'shop', '-w', '-o', 'custom-columns=POINT:.backup,USABLE:.usable'], io)).toBe(130);
    expect(terminal.data).toBe('POINT   USABLE\nnight   true\nnoon    false\nnoon    true\n');
    expect(terminal.talk).toBe('');
  });

  test.each([
    [['--latest=true']],
    [['--latest', 'true']],
    [['--latest', '--reason=--yes=no']],
  ])('%j is a command line that is right', async flags => {
    expect((await outcome(['shop', ...flags], { env })).exitCode).toBe(0);
  });

  test('--request-timeout bounds the wait for one answer, and 0 leaves it at what it is', async () => {
    expect((await outcome(['points', 'shop', '--request-timeout', '0'], { env })).exitCode).toBe(0);
    catalogue.server.handler = () => undefined;
    expect((await outcome(['points', 'shop', '--request-timeout', '20ms'], { env })).talk).toMatch(
      `Error: cluster "prod" cannot be reached: ${catalogue.url} does not answer: the time for an answer is over (ClusterUnreachable)\n`,
    );
  });

  test('--dry-run=client registers nothing', async () => {
    const { exitCode, talk } = await outcome(['shop', '--latest', '--dry-run=client'], { env });
    expect(exitCode).toBe(0);
    expect(talk).toContain('dry run: nothing was sent to be judged\n');
    expect(catalogue.registered).toEqual([]);
  });

  test('--dry-run=server asks for a judgement alone', async () => {
    expect((await outcome(['shop', '--latest', '--dry-run=server'], { env })).exitCode).toBe(0);
    expect(catalogue.server.requests.at(-1)?.url).toMatch(/\/recoveries\?dryRun=All$/);
  });

  test('another cluster than that of --to-cluster gets nothing', async () => {
    const id = catalogue.cluster.id;
    expect(await outcome(['shop', '--latest', '--to-cluster', 'other'], { env })).toEqual({
      exitCode: 3,
      data: '',
      talk: `Error: cluster "prod" has the ID "${id}", not "other" (DestinationMismatch)\n  do: name the context of the cluster that you mean with --context\n`,
    });
    expect(catalogue.registered).toEqual([]);
  });

  test('--from-context asks the source for the grant, and a token for the destination stays there', async () => {
    const argv = ['shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--token', 'for-dr'];
    expect((await outcome(argv, { env })).exitCode).toBe(0);
    expect([catalogue.registered.length, other.registered.length]).toEqual([0, 1]);
    const tokensOf = ({ server }: FakeCatalogue) =>
      new Set(server.requests.map(({ headers }) => headers.authorization));
    expect([tokensOf(catalogue), tokensOf(other)]).toEqual([
      new Set(['Bearer token-of-prod']),
      new Set(['Bearer for-dr']),
    ]);
  });

  test.each([
    ['points', ['points', 'shop', '--from-context', 'prod']],
    ['cluster trust', ['cluster', 'trust', '--from-context', 'prod']],
  ])('%s shows the source no token for the destination', async (_, argv) => {
    await outcome([...argv, '--context', 'dr', '--token', 'for-dr', '--server', other.url], { env });
    expect(catalogue.server.requests.length).toBeGreaterThan(0);
    for (const { headers } of catalogue.server.requests) expect(headers.authorization).toBe('Bearer token-of-prod');
  });

  test('a destination that does not trust the source says who can mend it', async () => {
    other.refusal = ['TokenUntrusted', 'no key of it is known'];
    expect(await outcome(['shop', '--latest', '--from-context', 'prod', '--context', 'dr'], { env })).toMatchObject({
      exitCode: 3,
      talk: expect.stringContaining(
        'Error: cluster "dr" does not trust cluster "prod": no key of it is known (PeerNotTrusted)\n  do: an operator there runs: kubectl recover cluster trust --from-context prod --context dr\n',
      ),
    });
  });

  test('a refusal ends with 3', async () => {
    catalogue.refusal = ['NotOwner', 'alice owns no group "shop" — see kubectl recover group list'];
    expect(await outcome(['points', 'shop'], { env })).toEqual({
      exitCode: 3,
      data: '',
      talk: `Error: refused by cluster "prod"
  x request  NotOwner  alice owns no group "shop"
                       do: see kubectl recover group list
nothing was changed. More: kubectl recover explain NotOwner
`,
    });
  });

  test.each([
    ['RestorePartiallyFailed', 5],
    ['WorkloadsNotReady', 5],
    ['RestoreFailed', 6],
    ['RestoreGone', 6],
    ['SomethingNew', 1],
  ])('a recovery that ends with %s ends with %i', async (reason, exitCode) => {
    catalogue.recoveryStatus = { conditions: [conditionOf('Succeeded', 'False', reason, 'it broke — mend it')] };
    const ended = await outcome(['shop', '--latest'], { env });
    expect(ended.exitCode).toBe(exitCode);
    const code = reason === 'SomethingNew' ? 'InternalError' : reason;
    expect(ended.talk).toMatch(`Error: it broke (${code})\n  do: mend it\n`);
  });

  test('--timeout ends with 124, while the recovery goes on', async () => {
    catalogue.recoveryStatus = {};
    const { exitCode, talk } = await outcome(['shop', '--latest', '--timeout', '5s'], { env });
    expect(exitCode).toBe(124);
    const name = catalogue.registered[0]?.metadata.name;
    expect(talk).toMatch(
      `Error: the recovery has not ended within 5 s; it goes on (Timeout)\n  do: come back to it with: kubectl recover status ${name} -w --context prod\n`,
    );
  });

  test('Ctrl-C ends with 130', async () => {
    const terminal = new FakeTerminal({ env });
    terminal.interruption.abort();
    expect(await run(['shop', '--latest'], terminal)).toBe(130);
    expect(terminal.talk).toMatch('Error: interrupted (Interrupted)\n');
  });

  test('--no-wait leaves it to go on', async () => {
    catalogue.recoveryStatus = {};
    const { exitCode, talk } = await outcome(['shop', '--latest', '--no-wait'], { env });
    expect(exitCode).toBe(0);
    const name = catalogue.registered[0]?.metadata.name;
    expect(talk).toMatch(`the recovery goes on; see: kubectl recover status ${name} -w --context prod\n`);
  });

  test('--quiet says nothing but errors', async () => {
    expect(await outcome(['shop', '--latest', '-q'], { env })).toEqual({ exitCode: 0, data: '', talk: '' });
  });

  test('on a terminal a person confirms the plan, and the steps do not draw over it', async () => {
    const tty = { isTTY: true, env: { ...env, TERM: 'xterm', LANG: 'C.UTF-8', NO_COLOR: '1' } };
    const { exitCode, terminal } = await runWith(['shop', '--at', '-1h', '--map', 'shop=test'], {
      ...tty,
      answers: ['y'],
    });
    expect(exitCode).toBe(0);
    expect(terminal.screen).toEqual([
      '✔ proof       app-group token of cluster "prod", 15 min',
      'at -1h (2026-03-02T11:00:00.000Z): night of 2026-03-02T03:00:00Z',
      'shop <- night (2026-03-02T03:00:00Z)  ->  prod (aws/eu-central-1)',
      '  namespaces  shop -> test   shop-db',
      '  volumes     restore',
      '  existing    keep',
      '  plan        not known: the catalogue of cluster "prod" is older than this plugin and tells no plans',
      'Recover? [y/N] y',
      '✔ point       night, 9h old',
      `✔ registered  ${catalogue.registered[0]?.metadata.name}`,
      'Recovery of "shop" from night in cluster "prod"  00:00',
      '├─ ◎ checks',
      '├─ ○ token',
      '├─ ○ admitted',
      '├─ ○ restored',
      '└─ ○ workloads',
      'recovered "shop" from night in cluster "prod"',
    ]);
  });

  test.each(['', 'n', 'no', 'yep', 'yes please'])('the answer "%s" recovers nothing', async answer => {
    const { exitCode, talk } = await runWith(['shop', '--latest'], { isTTY: true, env, answers: [answer] });
    expect(exitCode).toBe(130);
    expect(talk).toContain(' not confirmed; nothing was changed (Interrupted)\n');
    expect(catalogue.registered).toEqual([]);
  });

  test('the status of a recovery where there is no catalogue says that, not that the recovery is gone', async () => {
    catalogue.server.handler = (_, response) => response.writeHead(404).end('404 page not found');
    const { exitCode, talk } = await outcome(['status', '0123456789abcdef0123456789abcdef'], { env });
    expect({ exitCode, talk }).toEqual({
      exitCode: 1,
      talk: 'Error: cluster "prod" has no catalogue (CatalogueMissing)\n  do: an operator runs: kubectl recover install --context prod\n',
    });
  });

  test('the status of a recovery that is not there', async () => {
    expect(await outcome(['status', '0123456789abcdef0123456789abcdef'], { env })).toEqual({
      exitCode: 4,
      data: '',
      talk: 'Error: there is no recovery "0123456789abcdef0123456789abcdef" in cluster "prod" (NotFound)\n  do: list those of a group with: kubectl recover status GROUP\n',
    });
  });

  test('a login that is not accepted is JSON for scripts', async () => {
    catalogue.server.handler = (_, response) => sendJson(response, 401, failureStatus(401, 'Unauthorized'));
    const { exitCode, talk } = await outcome(['group', 'list', '-o', 'json'], { env });
    expect({ exitCode, talk: JSON.parse(talk) }).toEqual({
      exitCode: 1,
      talk: {
        code: 'LoginRejected',
        message: `cluster "prod" (${catalogue.url}) does not accept the login: it is expired or unknown`,
        mend: 'log in again; who you are then shows: kubectl auth whoami --context prod',
      },
    });
  });
});
