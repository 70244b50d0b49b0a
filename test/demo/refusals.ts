import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { scheduledBackup } from './schedule.ts';
import type { Step } from './step.ts';

export const refuseBob: Step = {
  title: 'bob asks for alice’s recovery points',
  run: async ({ bob }, stage) => {
    const own = await stage.run(bob, 'kubectl', 'recover', 'points', 'mail', '--context', 'prod');
    stage.check('he sees his own, in the same backup', own.exitCode === 0 && own.stdout.includes('mail'));
    const result = await stage.run(bob, 'kubectl', 'recover', 'points', 'shop', '--context', 'prod');
    stage.check(
      'he is refused with exit code 3, NotOwner',
      result.exitCode === 3 && result.stderr.includes('NotOwner'),
    );
    stage.check('and is told nothing of hers', result.stdout === '');
  },
};

export const refuseBareRestore: Step = {
  title: 'A Restore made by hand, by a cluster-admin',
  run: async ({ operator, environment }, stage) => {
    const { prod } = environment.clusters;
    const text = stringify({
      apiVersion: 'velero.io/v1',
      kind: 'Restore',
      metadata: { name: 'by-hand', namespace: 'velero' },
      spec: { backupName: (await scheduledBackup(prod))?.metadata.name ?? '', includedNamespaces: ['shop'] },
    });
    const path = join(environment.environment.dir, 'restore.yaml');
    await writeFile(path, text);
    stage.file(text);
    const result = await stage.run(operator, 'kubectl', '--context', 'prod', 'create', '-f', path);
    stage.check('it is refused', result.exitCode !== 0);
    stage.check('with the code TokenMissing and the way out', /TokenMissing.*bypass-reason/.test(result.stderr));
    const left = await prod.kubectl(
      ...['get', 'restores.velero.io', 'by-hand', '-n', 'velero', '--ignore-not-found', '-o', 'name'],
    );
    stage.check('no such Restore is there', left === '');
  },
};
