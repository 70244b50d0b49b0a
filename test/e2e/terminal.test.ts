import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildTools, type Tools } from '../clusters/build-tools.ts';
import { runCommand } from '../clusters/run-command.ts';
import { type PluginTerminalOptions, pluginTerminal } from '../environment/plugin-terminal.ts';
import { KEYS, PseudoTerminal } from '../environment/pseudo-terminal.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { runPlugin } from '../environment/run-plugin.ts';
import { conditionOf, FakeCatalogue } from '../fakes/fake-catalogue.ts';
import { JSONPATH_OBJECT, JSONPATH_REFUSED, JSONPATH_SAMPLES } from '../fakes/jsonpath-samples.ts';
import { KubeconfigFolder } from '../fakes/kubeconfig-folder.ts';
import { pointAnswer } from '../fakes/point-answer.ts';
import { RECOVERED, RESTORING, STARTING } from '../fakes/recovery-statuses.ts';

/** The plugin as a person has it before them, in a real pseudo-terminal; the catalogue behind it is a fake one. */

let tools: Tools;
let catalogue: FakeCatalogue;
let folder: KubeconfigFolder;
let opened: PseudoTerminal[];

beforeAll(async () => {
  tools = await buildTools(quietReporter);
});

beforeEach(async () => {
  catalogue = await FakeCatalogue.start();
  folder = new KubeconfigFolder();
  opened = [];
});

afterEach(async () => {
  for (const terminal of opened) terminal.stop();
  await catalogue.stop();
  folder.remove();
});

const configured = (): string =>
  folder.write('config', [{ name: 'prod', server: catalogue.url, cluster: { 'insecure-skip-tls-verify': true } }]);

const open = (args: readonly string[], options: Partial<PluginTerminalOptions> = {}): PseudoTerminal => {
  const terminal = pluginTerminal(args, { tools, kubeconfigs: [configured()], ...options });
  opened.push(terminal);
  return terminal;
};

const start = (...args: readonly string[]): PseudoTerminal => open(args);

const startIn = (size: { readonly rows: number; readonly columns: number }, ...args: readonly string[]) =>
  open(args, size);

const startWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]) => open(args, { env });

test('a recovery is asked for before it begins, and Ctrl-C is no yes', async () => {
  catalogue.answer = { points: [pointAnswer('nightly')] };
  const terminal = start('shop', '--latest');
  await terminal.shows('Recover? [y/N]');
  terminal.type(KEYS.interrupt);
  expect(await terminal.ended).toBe(130);
  expect(terminal.screen.text).toMatch(/Recover\? \[y\/N\] *\nError: not answered; nothing was changed/);
  expect(catalogue.registered).toEqual([]);
});

test('Ctrl-C on the way says that the recovery goes on, and how to come back to it', async () => {
  catalogue.answer = { points: [pointAnswer('nightly')] };
  catalogue.recoveryStatus = { conditions: [conditionOf('Validated', 'True')] };
  const terminal = start('shop', '--latest');
  await terminal.shows('Recover? [y/N]');
  terminal.type('y', KEYS.enter);
  await terminal.shows('registered');
  terminal.type(KEYS.interrupt);
  expect(await terminal.ended).toBe(130);
  const [recovery] = catalogue.registered;
  expect(terminal.screen.text).toContain('the recovery goes on');
  // The ^C that the terminal echoes moves nothing.
  expect(terminal.screen.lines).toContainEqual(expect.stringMatching(/^✔ point /));
  expect(terminal.screen.unwrapped).toContain(`kubectl recover status ${recovery?.metadata.name} -w --context prod`);
});

describe('a recovery that runs', () => {
  const ARGS = ['shop', '--latest', '--yes'] as const;
  const TITLE = /^Recovery of "shop" from nightly in cluster "prod" +\d\d:\d\d$/;

  /** What stands on the screen from the tree on. */
  const tree = ({ screen }: PseudoTerminal): readonly string[] =>
    screen.lines.slice(screen.lines.findLastIndex(line => line.startsWith('Recovery of'))).filter(line => line !== '');

  /** What is drawn at once may come in pieces, so it is looked at until it is all there. */
  const shows = (terminal: PseudoTerminal) => expect.poll(() => tree(terminal), { timeout: 30_000 });

  beforeEach(() => {
    catalogue.answer = { points: [pointAnswer('nightly')] };
    catalogue.recoveryStatus = RESTORING;
    catalogue.clock = Date.now;
  });

  test('is a tree that is redrawn in place, until it is recovered', async () => {
    const terminal = start(...ARGS);
    await terminal.shows('1.3 GiB of 4.0 GiB');
    await shows(terminal).toEqual([
      expect.stringMatching(TITLE),
      '├─ ✔ checks      2 of 2 passed',
      '├─ ✔ token       issued for shop, shop-db (new)',
      '├─ ✔ admitted    Restore recovery-0a1b2c3d4e',
      '├─ ◎ restored    12/40 items restored',
      '│  └─ ◎ volumes     1/3 restored, 1.3 GiB of 4.0 GiB',
      '└─ ○ workloads',
    ]);
    catalogue.recoveryStatus = STARTING;
    await terminal.shows('Deployment shop/web  1/3 ready');
    catalogue.recoveryStatus = RECOVERED;
    expect(await terminal.ended).toBe(0);
    expect(tree(terminal).slice(4)).toEqual([
      '├─ ✔ restored    40/40 items restored',
      '│  └─ ✔ volumes     3/3 restored, 4.0 GiB of 4.0 GiB',
      '└─ ✔ workloads   2 of 2 ready',
      'recovered "shop" from nightly in cluster "prod"',
    ]);
    // One tree, and what stood above it still does.
    expect(terminal.screen.history.filter(line => line.startsWith('Recovery of'))).toHaveLength(1);
    expect(terminal.screen.history[0]).toMatch(/^✔ proof/);
    expect([terminal.screen.cleared, terminal.screen.cursorVisible]).toEqual([0, true]);
    expect(terminal.output).not.toContain('[?25');
  });

  test('shows that time passes while nothing else does', async () => {
    const terminal = start(...ARGS);
    await terminal.shows(/ 00:\d\d$/m);
    const [first] = tree(terminal);
    await terminal.until('the time has passed', () => tree(terminal)[0] !== first);
    expect(terminal.screen.history.filter(line => line.startsWith('Recovery of'))).toHaveLength(1);
  });

  test('is left by Ctrl-C with the tree as it is, and the way back to it with the same flags', async () => {
    const terminal = start(...ARGS, '--as', 'alice');
    await terminal.shows('12/40 items restored');
    terminal.type(KEYS.interrupt);
    expect(await terminal.ended).toBe(130);
    const [recovery] = catalogue.registered;
    expect(tree(terminal)[4]).toBe('├─ ◎ restored    12/40 items restored');
    expect(terminal.screen.text).toContain('interrupted; the recovery goes on');
    const back = `kubectl recover status ${recovery?.metadata.name} -w --context prod --as alice`;
    expect(terminal.screen.unwrapped).toContain(back);
    expect(terminal.screen.cursorVisible).toBe(true);
  });

  test('fits into 40 columns', async () => {
    const terminal = startIn({ rows: 24, columns: 40 }, ...ARGS);
    await terminal.shows('└─ ◎ volumes');
    await terminal.until('the time has passed', () => /00:0[1-9]$/.test(tree(terminal)[0] ?? ''));
    await shows(terminal).toEqual([
      expect.stringMatching(/^Recovery of "shop" from nightly… {2}00:\d\d$/),
      '├─ ✔ checks      2 of 2 passed',
      '├─ ✔ token       issued for shop, shop…',
      '├─ ✔ admitted    Restore recovery-0a1b…',
      '├─ ◎ restored    12/40 items restored',
      '│  └─ ◎ volumes     1/3 restored, 1.3 …',
      '└─ ○ workloads',
    ]);
    expect(terminal.screen.history.filter(line => line.startsWith('Recovery of'))).toHaveLength(1);
  });

  test('fits into five rows: there it shows the step that it is at', async () => {
    const terminal = startIn({ rows: 5, columns: 80 }, ...ARGS);
    await terminal.shows('└─ ◎ restored    12/40 items restored');
    await shows(terminal).toHaveLength(3);
    catalogue.recoveryStatus = RECOVERED;
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen.history.filter(line => line.startsWith('Recovery of'))).toHaveLength(1);
    expect(terminal.screen.history.join('\n')).toContain('├─ ✔ token       issued for shop, shop-db (new)');
  });

  test('goes on below in a window that is made narrower, with nothing above it gone', async () => {
    const kubeconfig = configured();
    const main = new URL('../../plugin/main.ts', import.meta.url).pathname;
    const resize = folder.pathOf('resize');
    // The shell waits for the test before it makes the terminal smaller; the plugin is its child, and is told by SIGWINCH.
    const script = `"$0" "$@" <&0 & while [ ! -e "${resize}" ]; do sleep 0.1; done; stty cols 40 rows 24; wait $!`;
    const terminal = PseudoTerminal.start('sh', ['-c', script, process.execPath, main, ...ARGS], {
      tools,
      env: { PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig },
    });
    opened.push(terminal);
    await terminal.shows('12/40 items restored');
    writeFileSync(resize, '');
    await terminal.shows(/^Recovery of "shop" from nightly… {2}00:\d\d$/m);
    catalogue.recoveryStatus = RECOVERED;
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen.history.filter(line => line.startsWith('Recovery of'))).toHaveLength(2);
    expect(terminal.screen.history[0]).toMatch(/^✔ proof/);
  });

  test('has words and ASCII in a locale without UTF-8', async () => {
    const terminal = startWith({ LANG: 'C' }, ...ARGS);
    await terminal.shows('|- ...    restored    12/40 items restored');
    expect(tree(terminal).join('\n')).toMatch(/^[ -~\n]+$/);
  });

  test('is a line for each change in a terminal that is dumb', async () => {
    const terminal = startWith({ TERM: 'dumb' }, ...ARGS);
    await terminal.shows('...      volumes   1/3 restored');
    catalogue.recoveryStatus = RECOVERED;
    expect(await terminal.ended).toBe(0);
    expect(terminal.output).not.toContain('\u001b');
    expect(terminal.screen.text).toContain('ok       volumes   3/3 restored');
  });
});

describe('the list of recovery points', () => {
  const night = Array.from({ length: 300 }, (_, index) => {
    const day = new Date(Date.UTC(2026, 1, 28) - index * 86_400_000).toISOString();
    return pointAnswer(`nightly-${String(300 - index).padStart(3, '0')}`, { startTime: day });
  });

  beforeEach(() => {
    const running = { usable: false, code: 'PointNotReady', message: 'the backup still runs' };
    catalogue.answer = { points: [pointAnswer('noon', running), ...night] };
  });

  test('of hundreds fits into 80x24 and is searched by typing', async () => {
    const terminal = start('shop', '--dry-run=client', '-o', 'name');
    await terminal.shows('Recovery points of "shop" in cluster "prod": 301');
    expect(terminal.screen.lines.length).toBeLessThanOrEqual(24);
    expect(terminal.screen.text).toContain('> noon');
    expect(terminal.screen.text).toContain('No: PointNotReady');
    terminal.type('nightly 2025-12');
    await terminal.shows(/31 of 301/);
    terminal.type(KEYS.down, KEYS.down, KEYS.pageDown, KEYS.up);
    await terminal.shows('> nightly-230');
    terminal.type(KEYS.enter);
    expect(await terminal.ended).toBe(0);
    // The list is gone, and what stood above it is not.
    expect(terminal.screen.history.join('\n')).not.toContain('search:');
    expect(terminal.screen.history[0]).toMatch(/^✔ proof/);
    expect(terminal.screen.text).toContain('shop <- nightly-230');
    expect(terminal.screen.cleared).toBe(0);
  });

  test('says of a point why it cannot be used, and does not take it', async () => {
    const terminal = start('shop', '--dry-run=client');
    await terminal.shows('> noon');
    terminal.type(KEYS.enter);
    await terminal.shows('cannot be used: the backup still runs');
    terminal.type(KEYS.down, KEYS.enter);
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen.text).toContain('shop <- nightly-300');
  });

  test.each([
    ['Esc', KEYS.escape],
    ['Ctrl-C', KEYS.interrupt],
    ['Ctrl-D', KEYS.endOfInput],
  ])('is left by %s, with nothing changed', async (_, key) => {
    const terminal = start('shop');
    await terminal.shows('> noon');
    terminal.type(key);
    expect(await terminal.ended).toBe(130);
    expect(terminal.screen.text).toContain('no recovery point was chosen; nothing was changed');
    expect(catalogue.registered).toEqual([]);
  });

  test('leaves the terminal as it was, even when the program is ended from outside', async () => {
    const kubeconfig = folder.write('config', [
      { name: 'prod', server: catalogue.url, cluster: { 'insecure-skip-tls-verify': true } },
    ]);
    // A shell whose terminal settings are told before and after: the plugin is its child.
    const main = new URL('../../plugin/main.ts', import.meta.url).pathname;
    const settings = folder.pathOf('settings');
    const terminal = PseudoTerminal.start(
      'sh',
      [
        '-c',
        `exec 3>"${settings}" 4<&0; stty -g >&3; "$0" "$1" shop <&4 & echo "pid $!"; wait $!; stty -g >&3`,
        process.execPath,
        main,
      ],
      { tools, env: { PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig } },
    );
    opened.push(terminal);
    await terminal.shows('> noon');
    const [, pid] = /pid (\d+)/.exec(terminal.output) ?? [];
    process.kill(Number(pid), 'SIGTERM');
    await terminal.ended;
    const [first, second] = readFileSync(settings, 'utf8').trim().split('\n');
    expect(second).toBe(first);
  });

  test('needs a terminal: without one the flags are named', async () => {
    const kubeconfig = folder.write('config', [
      { name: 'prod', server: catalogue.url, cluster: { 'insecure-skip-tls-verify': true } },
    ]);
    const { exitCode, stderr } = await runPlugin(['shop'], { kubeconfigs: [kubeconfig] });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('give one of --latest, --point NAME or --at TIME');
  });
});

test('-w shows what changes, and Ctrl-C ends it at once', async () => {
  catalogue.answer = { points: [pointAnswer('nightly')] };
  const terminal = start('points', 'shop', '-w');
  await terminal.shows('nightly');
  terminal.type(KEYS.interrupt);
  expect(await terminal.ended).toBe(130);
  expect(terminal.screen.text).not.toContain('Error');
});

describe('in 40 columns', () => {
  const narrow = (...args: readonly string[]) => startIn({ rows: 24, columns: 40 }, ...args);

  test('prose goes on between words, under the place where it began', async () => {
    const terminal = narrow('explain', 'TokenRevoked');
    expect(await terminal.ended).toBe(0);
    const { lines, unwrapped } = terminal.screen;
    expect(lines.join('\n')).toBe(unwrapped);
    expect(lines.filter(line => line.startsWith(' ')).length).toBeGreaterThan(1);
  });

  test('an error names a command in one piece', async () => {
    const terminal = narrow('explain', 'Nope');
    expect(await terminal.ended).toBe(4);
    expect(terminal.screen.lines).toEqual([
      'Error: there is no code "Nope"',
      '       (NotFound)',
      '  do: list them with:',
      '      kubectl recover explain',
      '',
    ]);
  });

  test('a row of a table stays one line, as with kubectl', async () => {
    catalogue.answer = { points: [pointAnswer('nightly')] };
    const terminal = narrow('points', 'shop');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen.unwrapped.trimEnd().split('\n')).toHaveLength(2);
    expect(terminal.screen.lines.length).toBeGreaterThan(3);
  });
});

test('a JSONPath template means what it means to kubectl', async () => {
  const file = folder.write('object.json', JSON.stringify(JSONPATH_OBJECT));
  const kubectl = (template: string) =>
    runCommand(tools.path('kubectl'), ['annotate', '--local', '-f', file, 'a=b', '-o', `jsonpath=${template}`]);
  for (const [template, text] of JSONPATH_SAMPLES)
    expect([template, await kubectl(template)]).toEqual([template, text]);
  for (const template of JSONPATH_REFUSED) await expect(kubectl(template), template).rejects.toThrow();
});
