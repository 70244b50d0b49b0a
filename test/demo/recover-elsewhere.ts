import { syncBackups } from '../environment/team-work.ts';
import { compare } from './compare.ts';
import { contentsOf } from './scene.ts';
import { scheduledBackup } from './schedule.ts';
import type { Step } from './step.ts';

export const trustProd: Step = {
  title: 'The operator has "dr" trust "prod", and its users alice and bob',
  run: async ({ operator }, stage) => {
    const result = await stage.run(
      operator,
      ...['kubectl', 'recover', 'cluster', 'trust', '--from-context', 'prod', '--context', 'dr'],
      ...['--users', 'alice', '--users', 'bob'],
    );
    stage.check('"dr" knows the keys of "prod"', result.exitCode === 0);
    const shown = await stage.run(operator, 'kubectl', 'recover', 'cluster', 'show', '--context', 'dr');
    stage.check('and says so', shown.exitCode === 0 && shown.stdout.includes('prod'));
  },
};

export const recoverIntoDr: Step = {
  title: 'alice recovers into "dr", where nothing of hers is',
  run: async ({ alice, environment, shop, before }, stage) => {
    const { prod, dr } = environment.clusters;
    const backup = (await scheduledBackup(prod))?.metadata.name ?? '';
    stage.tell(`Velero in "dr" is restarted, so that it sees backup "${backup}" in the shared bucket now.`);
    await syncBackups(environment, 'dr', backup);
    const between = await contentsOf(dr, shop.namespaces);

    const result = await stage.run(
      alice,
      ...['kubectl', 'recover', 'shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--yes'],
    );

    stage.check('the recovery succeeded', result.exitCode === 0);
    const after = await contentsOf(dr, shop.namespaces);
    for (const name of shop.namespaces) {
      stage.objects(name, compare(before[name] ?? {}, between[name] ?? {}, after[name] ?? {}));
    }
    const phase = ['get', 'pvc', 'data-db-0', '-n', 'shop-db', '-o', 'jsonpath={.status.phase}'];
    const claim = await stage.run(alice, 'kubectl', '--context', 'dr', ...phase);
    stage.check('the volume claim of the database is Bound', claim.stdout === 'Bound');
    const canI = ['kubectl', '--context', 'dr', 'auth', 'can-i', 'delete', 'deployments.apps', '-n', 'shop'];
    stage.check('the new namespaces are hers', (await stage.run(alice, ...canI)).stdout === 'yes');
  },
};
