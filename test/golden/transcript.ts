import packageJson from '../../package.json' with { type: 'json' };
import { run } from '../../plugin/run.ts';
import { FakeTerminal } from '../fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../fakes/kubeconfig-folder.ts';
import type { WorldMaker } from './worlds.ts';

/** One command line in one world. */
export interface Scene {
  /** Names the file with its outputs. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly world?: WorldMaker;
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

const SETTINGS: readonly Setting[] = [
  { name: 'without a terminal', isTTY: false, flags: [] },
  { name: 'without a terminal, with --color=always', isTTY: false, flags: ['--color=always'] },
  { name: 'on a terminal, with --color=never', isTTY: true, flags: ['--color=never'] },
  { name: 'on a terminal', isTTY: true, flags: [] },
];

const ENV = { LANG: 'en_US.UTF-8', TERM: 'xterm-256color' };

/** What differs from run to run. */
const masked = (text: string, folder: string): string =>
  text
    .replaceAll('\u001b', '␛')
    .replaceAll('\r', '␍')
    .replaceAll(folder, '/home/alice')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:6443')
    .replaceAll(/\b[0-9a-f]{32}\b/g, '0123456789abcdef0123456789abcdef')
    .replaceAll(packageJson.version, 'VERSION');

const play = async (scene: Scene, setting: Setting): Promise<string> => {
  const folder = new KubeconfigFolder();
  const world = await scene.world?.();
  try {
    const entry = { server: world?.url ?? 'https://prod.invalid', namespace: 'shop' };
    const cluster = { 'insecure-skip-tls-verify': true };
    const KUBECONFIG = folder.write('config', [{ name: 'prod', ...entry, cluster }]);
    const env = { ...ENV, KUBECONFIG };
    const terminal = new FakeTerminal({ isTTY: setting.isTTY, env, answers: scene.answers ?? [] });
    const [end] = [scene.argv.indexOf('--')];
    const flags = end === -1 ? [...scene.argv, ...setting.flags] : scene.argv.toSpliced(end, 0, ...setting.flags);
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
