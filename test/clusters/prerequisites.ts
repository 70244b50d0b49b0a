import { mkdir, statfs } from 'node:fs/promises';
import { runCommand } from './run-command.ts';
import { TestClusterError } from './test-cluster-error.ts';

/** What a machine has, as far as building the tools needs it; an `undefined` is something that is not there. */
export interface MachineFacts {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly goVersion: string | undefined;
  readonly goToolchain: string | undefined;
  readonly freeBytes: ReadonlyMap<string, number>;
}

const gigabyte = 1e9;
const lowestGo = [1, 24] as const;
// What kube-apiserver's go.mod asks for; an older Go fetches it by itself unless GOTOOLCHAIN=local forbids.
const buildingGo = [1, 26] as const;
// The first ones that run TypeScript without a flag.
const lowestNode = [22, 18] as const;
const buildGigabytes = 6;

/** Each missing thing by name with what would mend it; empty: nothing is missing. */
export function missingPrerequisites(facts: MachineFacts): readonly string[] {
  const missing: string[] = [];
  if (!['linux', 'darwin'].includes(facts.platform)) {
    missing.push(
      `Linux or macOS: this is "${facts.platform}"; run the tests in a Linux virtual machine (WSL on Windows)`,
    );
  }
  if (!isAtLeast(facts.nodeVersion, lowestNode)) {
    missing.push(
      `Node >= ${lowestNode.join('.')}: this is "${facts.nodeVersion}"; run "npm ci", then start through "npm run" or "npx", which use the Node of package.json`,
    );
  }
  if (facts.goVersion === undefined) {
    missing.push(`Go >= ${lowestGo.join('.')}: no "go" on the PATH; install it from https://go.dev/dl/`);
  } else if (!isAtLeast(facts.goVersion, lowestGo)) {
    missing.push(
      `Go >= ${lowestGo.join('.')}: this is "${facts.goVersion}"; install a newer one from https://go.dev/dl/`,
    );
  } else if (!isAtLeast(facts.goVersion, buildingGo) && facts.goToolchain === 'local') {
    missing.push(
      `Go >= ${buildingGo.join('.')}: this is "${facts.goVersion}", and GOTOOLCHAIN=local keeps it from fetching a newer one; set GOTOOLCHAIN=auto or install it`,
    );
  }
  for (const [folder, bytes] of facts.freeBytes) {
    if (bytes < buildGigabytes * gigabyte) {
      missing.push(
        `${buildGigabytes} GB of free disk for building: "${folder}" has ${(bytes / gigabyte).toFixed(1)} GB; free some, or move the caches with KUBECTL_RECOVER_CACHE and GOCACHE`,
      );
    }
  }
  return missing;
}

/** Looks at this machine; creates `cacheRoot`, whose disk is measured. */
export async function readMachineFacts(cacheRoot: string): Promise<MachineFacts> {
  await mkdir(cacheRoot, { recursive: true });
  const go = await readGo();
  const freeBytes = new Map<string, number>();
  for (const folder of [cacheRoot, go?.cache]) {
    if (folder === undefined || folder === '') continue;
    await mkdir(folder, { recursive: true });
    const disk = await statfs(folder);
    freeBytes.set(folder, disk.bavail * disk.bsize);
  }
  return {
    nodeVersion: process.version,
    platform: process.platform,
    goVersion: go?.version,
    goToolchain: go?.toolchain,
    freeBytes,
  };
}

/** Throws one `MissingPrerequisites` that lists all of them. */
export function requirePrerequisites(facts: MachineFacts): void {
  const missing = missingPrerequisites(facts);
  if (missing.length === 0) return;
  const list = missing.map(line => `  - ${line}`).join('\n');
  throw new TestClusterError('MissingPrerequisites', `the test clusters cannot be built here; missing:\n${list}`);
}

async function readGo(): Promise<{ version: string; toolchain: string; cache: string } | undefined> {
  let output: string;
  try {
    output = await runCommand('go', ['env', 'GOVERSION', 'GOTOOLCHAIN', 'GOCACHE']);
  } catch (error) {
    if (error instanceof TestClusterError) return undefined;
    throw error;
  }
  const [version = '', toolchain = '', cache = ''] = output.split('\n');
  return { version, toolchain, cache };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, actualMajor, actualMinor] = /^(?:v|go)?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(actualMajor) > major || (Number(actualMajor) === major && Number(actualMinor) >= minor);
}
