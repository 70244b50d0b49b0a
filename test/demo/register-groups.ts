import type { Step } from './step.ts';

export const whoMayWhat: Step = {
  title: 'Two people, each admin of their own namespaces only',
  run: async ({ alice, bob }, stage) => {
    stage.tell('Both log in with client certificates. Neither has any right in Velero’s namespace.');
    const canI = async (person: typeof alice, verb: string, resource: string, namespace: string) =>
      (await stage.run(person, 'kubectl', 'auth', 'can-i', verb, resource, '-n', namespace)).stdout === 'yes';
    stage.check('alice is admin of "shop"', await canI(alice, 'delete', 'deployments.apps', 'shop'));
    stage.check('bob is admin of "mail"', await canI(bob, 'delete', 'configmaps', 'mail'));
    stage.check('bob is nobody in "shop"', !(await canI(bob, 'get', 'configmaps', 'shop')));
    stage.check('alice may not create a Restore', !(await canI(alice, 'create', 'restores.velero.io', 'velero')));
  },
};

export const registerShop: Step = {
  title: 'alice registers her application as a group, with "dr" as a destination',
  run: async ({ alice, environment, shop }, stage) => {
    const destination = `cluster:${environment.clusters.dr.clusterId}`;
    const result = await stage.run(
      alice,
      ...['kubectl', 'recover', 'group', 'create', 'shop', '--namespaces', shop.namespaces.join(',')],
      ...['--owner', 'user:alice', '--destination', destination, '--context', 'prod'],
    );
    stage.check('the group is registered', result.exitCode === 0);
    stage.check('both namespaces are claimed for it', result.stderr.includes(`claimed: ${shop.namespaces.join(', ')}`));
  },
};

export const registerMail: Step = {
  title: 'bob registers his',
  run: async ({ bob }, stage) => {
    const result = await stage.run(
      bob,
      ...['kubectl', 'recover', 'group', 'create', 'mail', '--namespaces', 'mail', '--owner', 'user:bob'],
      ...['--context', 'prod'],
    );
    stage.check('the group is registered and its namespace claimed', result.stderr.includes('claimed: mail'));
  },
};
