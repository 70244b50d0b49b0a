import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildTools, type Tools } from '../clusters/build-tools.ts';
import { runCommand } from '../clusters/run-command.ts';
import { pluginTerminal } from '../environment/plugin-terminal.ts';
import { KEYS, PseudoTerminal } from '../environment/pseudo-terminal.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { runPlugin } from '../environment/run-plugin.ts';
import { conditionOf, FakeCatalogue } from '../fakes/fake-catalogue.ts';
import { JSONPATH_OBJECT, JSONPATH_REFUSED, JSONPATH_SAMPLES } from '../fakes/jsonpath-samples.ts';
import { KubeconfigFolder } from '../fakes/kubeconfig-folder.ts';
import { pointAnswer } from '../fakes/point-answer.ts';

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

const start = (...args: readonly string[]): PseudoTerminal => {
  const kubeconfig = folder.write('config', [
    { name: 'prod', server: catalogue.url, cluster: { 'insecure-skip-tls-verify': true } },
  ]);
  const terminal = pluginTerminal(args, { tools, kubeconfigs: [kubeconfig] });
  opened.push(terminal);
  return terminal;
};

test('a recovery is asked for before it begins, and Ctrl-C is no yes', async () => {
  catalogue.answer = { points: [pointAnswer('nightly')] };
  const terminal = start('shop', '--latest');
  await terminal.shows('Recover? [y/N]');
  terminal.type(KEYS.interrupt);
  expect(await terminal.ended).toBe(130);
  expect(terminal.screen.text).toContain('nothing was changed');
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

test('a JSONPath template means what it means to kubectl', async () => {
  const file = folder.write('object.json', JSON.stringify(JSONPATH_OBJECT));
  const kubectl = (template: string) =>
    runCommand(tools.path('kubectl'), ['annotate', '--local', '-f', file, 'a=b', '-o', `jsonpath=${template}`]);
  for (const [template, text] of JSONPATH_SAMPLES)
    expect([template, await kubectl(template)]).toEqual([template, text]);
  for (const template of JSONPATH_REFUSED) await expect(kubectl(template), template).rejects.toThrow();
});
