import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIdentity } from './process-identity.ts';
import { createProgramGroup, type ProgramGroup } from './program-group.ts';
import { waitUntil } from './wait-until.ts';

let folder: string;
let logFile: string;
let group: ProgramGroup | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'program-group-'));
  logFile = join(folder, 'log');
});
afterEach(async () => {
  await group?.stop();
  group = undefined;
  await rm(folder, { recursive: true });
});

test('a program stops and starts again with the same arguments', async () => {
  group = createProgramGroup();
  const program = await group.start({ name: 'sleep', command: 'sleep', args: ['600'], logFile });
  const first = program.pid;
  await program.stop();
  expect(program.pid).toBeUndefined();
  await program.start();
  expect(program.pid).toBeTypeOf('number');
  expect(program.pid).not.toBe(first);
});

test('a program that does not listen to SIGTERM is killed', async () => {
  group = createProgramGroup();
  const program = await group.start({
    name: 'stubborn',
    command: 'sh',
    args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'],
    logFile,
    isReady: async () => (await readFile(logFile, 'utf8')).includes('ready'),
    stopTimeoutSeconds: 0.2,
  });
  await program.stop();
  expect(program.pid).toBeUndefined();
});

test('a program that ends before it is ready is an error with the end of its log', async () => {
  group = createProgramGroup();
  const spec = { name: 'broken', command: 'sh', args: ['-c', 'echo no such flag; exit 3'], logFile };
  const starting = group.start({ ...spec, isReady: async () => false });
  await expect(starting).rejects.toMatchObject({
    code: 'ProgramExited',
    message: expect.stringMatching(/"broken" ended.*exit code 3.*no such flag/s),
  });
});

test('a program that is not there is an error', async () => {
  group = createProgramGroup();
  const starting = group.start({
    name: 'none',
    command: join(folder, 'none'),
    args: [],
    logFile,
    isReady: async () => false,
  });
  await expect(starting).rejects.toMatchObject({ code: 'ProgramExited', message: expect.stringContaining('ENOENT') });
});

test('the programs of a process that is killed end too', async () => {
  const groupUrl = new URL('program-group.ts', import.meta.url);
  const script = join(folder, 'parent.ts');
  await writeFile(
    script,
    `import { createProgramGroup } from ${JSON.stringify(fileURLToPath(groupUrl))};
     const spec = { name: 'sleep', command: 'sleep', args: ['600'], logFile: ${JSON.stringify(logFile)} };
     const program = await createProgramGroup().start(spec);
     process.stdout.write(\`\${program.pid}\\n\`);
     setInterval(() => undefined, 1000);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>(resolve => parent.stdout.once('data', data => resolve(Number(String(data)))));
  expect(processIdentity(pid)).toBeTypeOf('string');
  parent.kill('SIGKILL');
  await waitUntil('the program gone', () => processIdentity(pid) === undefined, { timeoutSeconds: 10 });
});
