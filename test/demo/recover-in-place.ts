import { isDeepStrictEqual } from 'node:util';
import { namespaceUid } from '../environment/snapshot.ts';
import { emptyNamespaces } from '../environment/team-work.ts';
import { compare } from './compare.ts';
import { contentsOf } from './scene.ts';
import type { Step } from './step.ts';

/** The bad day and what follows it are one step: what there was in between belongs to what came back. */
export const recoverInPlace: Step = {
  title: 'The namespaces are emptied; alice recovers in place',
  run: async ({ alice, environment, shop, before }, stage) => {
    const { prod } = environment.clusters;
    const uids = () => Promise.all(shop.namespaces.map(name => namespaceUid(prod, name)));
    const uidsBefore = await uids();
    stage.tell('Everything that her team made is deleted; the namespaces stay.');
    await emptyNamespaces(prod, shop);
    const between = await contentsOf(prod, shop.namespaces);
    for (const name of shop.namespaces) {
      const left = Object.keys(between[name] ?? {});
      const gone = Object.keys(before[name] ?? {}).length - left.length;
      stage.tell(`${name}: ${gone} objects are gone, left: ${left.join(', ')}`);
    }
    await stage.run(alice, 'kubectl', 'recover', 'points', 'shop', '--context', 'prod');

    const result = await stage.run(alice, 'kubectl', 'recover', 'shop', '--latest', '--context', 'prod', '--yes');

    stage.check('the recovery succeeded', result.exitCode === 0);
    const after = await contentsOf(prod, shop.namespaces);
    for (const name of shop.namespaces) {
      stage.objects(name, compare(before[name] ?? {}, between[name] ?? {}, after[name] ?? {}));
    }
    stage.check('the namespaces are the very same', isDeepStrictEqual(await uids(), uidsBefore));
  },
};
