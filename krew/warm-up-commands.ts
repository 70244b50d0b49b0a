import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeCatalogue } from '../test/fakes/fake-catalogue.ts';
import { kubeconfigText } from '../test/fakes/kubeconfig-folder.ts';

const POINTS = [
  {
    backup: 'nightly-1',
    source: '4d3c2b1a-0000-4000-8000-000000000001',
    location: 'default',
    startTime: '2026-03-02T03:00:00Z',
    phase: 'Completed',
    namespaces: ['shop'],
    usable: true,
  },
];

/** Runs commands that people run most, one after the other, against a cluster that is played. */
export const warmUpCommands = async (run: (argv: readonly string[]) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-recover-warm-up-'));
  const catalogue = await FakeCatalogue.start();
  try {
    const kubeconfig = join(folder, 'config');
    await writeFile(
      kubeconfig,
      kubeconfigText([{ name: 'prod', server: catalogue.url, cluster: { 'insecure-skip-tls-verify': true } }]),
    );
    catalogue.answer = { points: POINTS };
    await run(['points', 'shop', '--kubeconfig', kubeconfig]);
    await run(['points', 'shop', '--kubeconfig', kubeconfig, '-o', 'json']);
    await run(['explain', 'NotOwner']);
    await run(['version']);
  } finally {
    await catalogue.stop();
    await rm(folder, { recursive: true });
  }
};
