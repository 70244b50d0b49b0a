import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { paletteOf } from '../render/color.ts';
import { run } from '../run.ts';
import { completion } from './completion.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recover-completion-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const runCompletion = async (argv: readonly string[], PATH = folder) => {
  const terminal = new FakeTerminal({ env: { PATH } });
  const exitCode = await run(['completion', ...argv], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk };
};

const SHIM = '#!/bin/sh\nexec kubectl-recover __complete "$@"\n';

test('install puts a program beside the plugin, which kubectl can run', async () => {
  writeFileSync(join(folder, 'kubectl-recover'), '');
  expect(await runCompletion(['install'])).toMatchObject({ exitCode: 0, data: '' });
  const path = join(folder, 'kubectl_complete-recover');
  expect(readFileSync(path, 'utf8')).toBe(SHIM);
  expect(statSync(path).mode & 0o111).toBe(0o111);
});

test('a second time changes nothing', async () => {
  const flags = ['install', '--dir', folder];
  expect([(await runCompletion(flags)).exitCode, (await runCompletion(flags)).exitCode]).toEqual([0, 0]);
});

test('print shows it and writes nothing', async () => {
  expect(await runCompletion(['print'])).toEqual({ exitCode: 0, data: SHIM, talk: '' });
});

test('a plugin that is not on the PATH is told, with the way out', async () => {
  const { exitCode, talk } = await runCompletion(['install']);
  expect(exitCode).toBe(4);
  expect(talk).toMatch(/--dir/);
});

test('a folder that cannot be written to is told', async () => {
  writeFileSync(join(folder, 'file'), '');
  const { exitCode, talk } = await runCompletion(['install', '--dir', join(folder, 'file', 'below')]);
  expect(exitCode).toBe(2);
  expect(talk).toMatch(/cannot be written .*\n {2}do: name a folder of yours/);
});

test.each(['kubectl-recover.exe', 'kubectl-recover.cmd'])('on Windows it goes beside %s', async program => {
  writeFileSync(join(folder, program), '');
  const io = new FakeTerminal({ env: { PATH: folder } });
  const context = {
    io,
    palette: paletteOf(false),
    output: undefined,
    quiet: false,
    connection: { requestTimeoutMs: 1 },
  };
  expect(await completion({ action: 'install' }, context, 'win32')).toBe(0);
  const shim = readFileSync(join(folder, 'kubectl_complete-recover.cmd'), 'utf8');
  expect(shim).toBe('@kubectl-recover __complete %*\r\n');
});
