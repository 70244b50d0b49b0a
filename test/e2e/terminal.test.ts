import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildTools, type Tools } from '../clusters/build-tools.ts';
import { runCommand } from '../clusters/run-command.ts';
import { pluginTerminal } from '../environment/plugin-terminal.ts';
import { KEYS, type PseudoTerminal } from '../environment/pseudo-terminal.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
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
  expect(terminal.screen.unwrapped).toContain(`kubectl recover status ${recovery?.metadata.name} --context prod`);
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
