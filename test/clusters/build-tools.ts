import { chmod, cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache-folder.ts';
import { cacheKey } from './cache-key.ts';
import { withCacheLock } from './cache-lock.ts';
import { readMachineFacts, requirePrerequisites } from './prerequisites.ts';
import type { Reporter } from './reporter.ts';
import { CommandFailed, runCommand } from './run-command.ts';
import { TestClusterError } from './test-cluster-error.ts';
import { type ToolBinary, type ToolSet, toolSets } from './tool-sets.ts';

/** Where the built programs are. */
export interface Tools {
  /** Throws a `RangeError` for a name that no tool set has. */
  path(binary: string): string;
  /** Folders of stages, the rules by which kwok plays nodes and pods. */
  readonly kwokStageFolders: readonly string[];
  /** Holds nothing but the object store plugin, as `velero server --plugin-dir` wants it. */
  readonly veleroPluginFolder: string;
}

interface PlannedSet {
  readonly set: ToolSet;
  readonly folder: string;
  readonly commands: readonly (readonly string[])[];
}

const progressSeconds = 15;
// Plain cgo-free binaries: no C compiler needed. A GOFLAGS of the user or a go.work around the checkout changes nothing.
const buildEnv = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };

/**
 * Builds what the cache does not hold yet (cold about ten minutes on two cores, then none) and returns where it is.
 * Throws `MissingPrerequisites` before it starts, `BuildFailed` with Go's own words.
 */
export async function buildTools(report: Reporter): Promise<Tools> {
  const root = join(cacheFolder(process.env), 'tools');
  const facts = await readMachineFacts(root);
  // Disk is asked for only when there is something to build.
  requirePrerequisites({ ...facts, freeBytes: new Map() });
  const platform = await runCommand('go', ['env', 'GOOS', 'GOARCH']);
  const goVersion = facts.goVersion ?? '';
  const planned = await Promise.all(toolSets.map(set => plan(set, root, goVersion, platform)));
  if ((await missingOf(planned)).length > 0) {
    requirePrerequisites(facts);
    await withCacheLock(join(root, 'building.lock'), report, async () => buildAll(await missingOf(planned), report));
  }
  return toolsIn(planned);
}

function toolsIn(planned: readonly PlannedSet[]): Tools {
  const paths = new Map(
    planned.flatMap(({ set, folder }) => set.binaries.map(({ name }) => [name, join(folder, 'bin', name)] as const)),
  );
  const folderOf = (name: string) => planned.find(({ set }) => set.name === name)?.folder ?? '';
  const kwok = toolSets.find(set => set.name === 'kwok');
  return {
    path(binary) {
      const path = paths.get(binary);
      if (path === undefined) throw new RangeError(`no tool set has "${binary}"; add it to tool-sets.ts`);
      return path;
    },
    kwokStageFolders: (kwok?.moduleFiles?.paths ?? []).map(path => join(folderOf('kwok'), 'files', path)),
    veleroPluginFolder: join(folderOf('velero-plugin-for-aws'), 'bin'),
  };
}

async function plan(set: ToolSet, root: string, goVersion: string, platform: string): Promise<PlannedSet> {
  const commands = set.binaries.map(binary => buildArguments(set, binary));
  const key = cacheKey({
    goMod: await readFile(join(moduleFolder(set), 'go.mod'), 'utf8'),
    goSum: await readFile(join(moduleFolder(set), 'go.sum'), 'utf8'),
    goVersion,
    platform: platform.trim().replace('\n', '/'),
    commands,
    moduleFiles: set.moduleFiles?.paths ?? [],
    ...(set.sources === undefined ? {} : { source: await readSources(set, set.sources) }),
  });
  return { set, folder: join(root, `${set.name}-${key.slice(0, 32)}`), commands };
}

async function readSources(set: ToolSet, sources: readonly string[]): Promise<string> {
  const texts = await Promise.all(sources.map(name => readFile(join(moduleFolder(set), name), 'utf8')));
  return texts.join('\0');
}

function moduleFolder(set: ToolSet): string {
  return fileURLToPath(new URL(`tools/${set.name}`, import.meta.url));
}

function buildArguments(set: ToolSet, binary: ToolBinary): readonly string[] {
  const variables = Object.entries(set.linkVariables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  // No -buildvcs: the checkout around the module says nothing about the tool.
  return [
    'build',
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    '-ldflags',
    ['-s -w', ...variables].join(' '),
  ].concat(binary.package);
}

async function missingOf(planned: readonly PlannedSet[]): Promise<readonly PlannedSet[]> {
  // A folder gets its final name only when it is complete.
  const root = new Set(
    await Promise.all(planned.map(({ folder }) => readdir(dirname(folder)))).then(names => names.flat()),
  );
  return planned.filter(({ folder }) => !root.has(basename(folder)));
}

async function buildAll(missing: readonly PlannedSet[], report: Reporter): Promise<void> {
  const total = missing.reduce((count, { set }) => count + set.binaries.length, 0);
  let done = 0;
  for (const planned of missing) {
    const aside = `${planned.folder}.building`;
    // The lock is held, so a folder of this name was left by a build that was cut off.
    await rm(aside, { recursive: true, force: true });
    await mkdir(join(aside, 'bin'), { recursive: true });
    for (const [index, binary] of planned.set.binaries.entries()) {
      done += 1;
      await withProgress(`${binary.name} (${done} of ${total})`, report, () =>
        goBuild(planned, index, join(aside, 'bin', binary.name)),
      );
    }
    await copyModuleFiles(planned.set, join(aside, 'files'));
    await rename(aside, planned.folder);
  }
}

async function goBuild(planned: PlannedSet, index: number, output: string): Promise<void> {
  const [verb = '', ...rest] = planned.commands[index] ?? [];
  try {
    await runCommand('go', [verb, '-o', output, ...rest], { cwd: moduleFolder(planned.set), env: goEnv() });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new TestClusterError(
      'BuildFailed',
      `building "${planned.set.name}" failed; a refused or unreachable download is mended by GOPROXY:\n${error.message}`,
      { cause: error },
    );
  }
}

async function copyModuleFiles(set: ToolSet, target: string): Promise<void> {
  if (set.moduleFiles === undefined) return;
  const options = { cwd: moduleFolder(set), env: goEnv() };
  const source = (await runCommand('go', ['list', '-m', '-f', '{{.Dir}}', set.moduleFiles.module], options)).trim();
  for (const path of set.moduleFiles.paths) {
    await cp(join(source, path), join(target, path), { recursive: true });
    // Go keeps its module cache read-only; a cache folder must be removable.
    await chmod(join(target, path), 0o755);
  }
}

async function withProgress(what: string, report: Reporter, action: () => Promise<void>): Promise<void> {
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 1000);
  report(`building ${what}`);
  const timer = setInterval(() => report(`building ${what}: ${seconds()} s so far`), progressSeconds * 1000);
  try {
    await action();
  } finally {
    clearInterval(timer);
  }
  report(`built ${what} in ${seconds()} s`);
}

function goEnv(): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(inherited), ...buildEnv };
}
