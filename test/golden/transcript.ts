import packageJson from '../../package.json' with { type: 'json' };
import { run } from '../../plugin/run.ts';
import { FakeTerminal } from '../fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../fakes/kubeconfig-folder.ts';
import type { WorldMaker } from './worlds.ts';

/** One command line in one world. */
export interface Scene {
  /** Names the file with its outputs. */
  readonly name: string;
  /** What stands in `/home/alice` is a file of the scene. */
  readonly argv: readonly string[];
  readonly world?: WorldMaker;
  /** Files that are in `/home/alice` before, by name. */
  readonly files?: () => Promise<Readonly<Record<string, string>>>;
  /** Absent: with a terminal and without one. */
  readonly where?: 'terminal' | 'pipe';
  /** What the person at the terminal answers. */
  readonly answers?: readonly string[];
}

interface Setting {
  readonly name: string;
  readonly isTTY: boolean;
  readonly flags: readonly string[];
}

/** As they stand above what was put out. */
export const SETTING_NAMES = [
  'without a terminal',
  'without a terminal, with --color=always',
  'on a terminal, with --color=never',
  'on a terminal',
] as const;

const SETTINGS: readonly Setting[] = SETTING_NAMES.map(name => ({
  name,
  isTTY: name.startsWith('on'),
  flags: /--color=\w+/.exec(name) ?? [],
}));

/** Where the files of a scene are, as a reader sees it. */
const HOME = '/home/alice';

const ENV = { LANG: 'en_US.UTF-8', TERM: 'xterm-256color' };

/** What differs from run to run. */
const masked = (text: string, folder: string): string =>
  text
    .replaceAll('\u001b', '␛')
    .replaceAll('\r', '␍')
    .replaceAll(folder, HOME)
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:6443')
    .replaceAll(/\b[0-9a-f]{32}\b/g, '0123456789abcdef0123456789abcdef')
    .replaceAll(packageJson.version, 'VERSION');

const play = async (scene: Scene, setting: Setting): Promise<string> => {
  const folder = new KubeconfigFolder();
  const world = await scene.world?.();
  try {
    for (const [name, content] of Object.entries((await scene.files?.()) ?? {})) folder.write(name, content);
    const entry = { namespace: 'shop', cluster: { 'insecure-skip-tls-verify': true } };
    const servers = Object.entries({ prod: world?.url ?? 'https://prod.invalid', ...world?.others });
    const KUBECONFIG = folder.write(
      'config',
      servers.map(([name, server]) => ({ name, server, ...entry })),
    );
    const env = { ...ENV, KUBECONFIG };
    const terminal = new FakeTerminal({
      isTTY: setting.isTTY,
      env,
      answers: scene.answers ?? [],
      rows: 24,
      columns: 80,
    });
    const argv = scene.argv.map(argument => argument.replaceAll(HOME, folder.path));
    const end = argv.indexOf('--');
    const flags = end === -1 ? [...argv, ...setting.flags] : argv.toSpliced(end, 0, ...setting.flags);
    const exitCode = await run(flags, terminal);
    const part = (title: string, text: string): string => (text === '' ? '' : `--- ${title}\n${text}`);
    return masked(
      `${part('stdout', terminal.data)}${part('stderr', terminal.talk)}--- exit code ${exitCode}\n`,
      folder.path,
    );
  } finally {
    await world?.stop();
    folder.remove();
  }
};

/** What a scene puts out in all settings; settings of the same output stand together. */
export const transcript = async (scene: Scene): Promise<string> => {
  const settings = SETTINGS.filter(({ isTTY }) => scene.where === undefined || isTTY === (scene.where === 'terminal'));
  const byOutput = new Map<string, string[]>();
  for (const setting of settings) {
    const output = await play(scene, setting);
    byOutput.set(output, [...(byOutput.get(output) ?? []), setting.name]);
  }
  const blocks = [...byOutput].map(([output, names]) => `=== ${names.join('; ')}\n${output}`);
  return `$ kubectl recover ${scene.argv.join(' ')}\n\n${blocks.join('\n')}`;
};
