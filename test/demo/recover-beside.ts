import { isDeepStrictEqual } from 'node:util';
import { compare, renamed } from './compare.ts';
import { contentsOf } from './scene.ts';
import type { Step } from './step.ts';

const COPIES = { shop: 'shop-copy', 'shop-db': 'shop-copy-db' } as const;

export const recoverBeside: Step = {
  title: 'alice recovers beside what is there, under other names',
  run: async ({ alice, environment, before }, stage) => {
    const { prod } = environment.clusters;
    stage.tell(
      'The copy gets no volume (--volumes skip), so that its database cannot come up. The plugin is to say so',
    );
    stage.tell('after five seconds, with an exit code of its own, 5, though all objects are there.');

    const result = await stage.run(
      alice,
      ...['kubectl', 'recover', 'shop', '--latest', '--context', 'prod', '--yes'],
      ...Object.entries(COPIES).flatMap(([from, to]) => ['--map', `${from}=${to}`]),
      ...['--volumes', 'skip', '--workload-timeout', '5s'],
    );

    stage.check(
      'exit code 5, WorkloadsNotReady, is what was expected',
      result.exitCode === 5 && result.stderr.includes('WorkloadsNotReady'),
    );
    const after = await contentsOf(prod, Object.values(COPIES));
    for (const [from, to] of Object.entries(COPIES)) {
      stage.objects(to, compare(renamed(before[from] ?? {}, COPIES), {}, after[to] ?? {}));
    }
    const claims = ['get', 'pvc', '-n', 'shop-copy-db', '-o', 'jsonpath={.items[*].status.phase}'];
    const phases = await stage.run(alice, 'kubectl', '--context', 'prod', ...claims);
    stage.check('the volume claim of the copy is Pending, since it has no volume', phases.stdout === 'Pending');
    const originals = await contentsOf(prod, Object.keys(COPIES));
    stage.check('what is in "shop" and "shop-db" is untouched', isDeepStrictEqual(originals, before));
  },
};
