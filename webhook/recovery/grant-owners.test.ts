import { afterEach, beforeEach, expect, test } from 'vitest';
import { recoveryHash } from '../../api/digest.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeObjectServer } from '../../test/fakes/fake-object-server.ts';
import { RECOVERY_NAME } from '../../test/fakes/recovery-objects.ts';
import { RecoveryScenario } from '../../test/fakes/recovery-scenario.ts';
import { recoveryTools, storedRecovery } from '../../test/fakes/recovery-tools.ts';
import { grantOwners } from './grant-owners.ts';

/** A recovery of `shop/shop` by alice that Velero has completed; both namespaces were made for it. */

let server: FakeObjectServer;
let scenario: RecoveryScenario;

const NAME = `kubectl-recover-owners-${recoveryHash(RECOVERY_NAME)}`;

const putNamespace = (name: string, uid: string, more: object = {}): void => {
  server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, ...more } });
};

beforeEach(async () => {
  server = await FakeObjectServer.start();
  scenario = await RecoveryScenario.create('lost');
  for (const name of ['shop', 'shop-db']) putNamespace(name, uidOf(`namespace ${name}`));
});

afterEach(() => server.stop());

const grant = async (reserved = true): Promise<void> => {
  const { accessToken } = await scenario.register();
  const targets = ['shop', 'shop-db'].map(name => ({ source: name, name, uid: uidOf(`namespace ${name}`), reserved }));
  const recovery = storedRecovery({ status: { targets } });
  await grantOwners({
    recovery: { ...recovery, spec: { ...recovery.spec, accessToken } },
    hash: recoveryHash(RECOVERY_NAME),
    tools: recoveryTools(scenario.here, { client: server.client, state: scenario.state }),
  });
};

const bindings = () =>
  server
    .list(CORE.roleBindings)
    .map(({ metadata, subjects }) => `${metadata.namespace}/${metadata.name}: ${subjects?.map(({ name }) => name)}`);

test('owners become admins of what was made for the recovery, once', async () => {
  await grant();
  await grant();
  expect(bindings()).toEqual([`shop/${NAME}: alice`, `shop-db/${NAME}: alice`]);
});

test('each owner is named as what it is; a ServiceAccount by its namespace, and at home only', async () => {
  scenario = await RecoveryScenario.create('gone');
  scenario.setOwners(
    { kind: 'User', name: 'alice' },
    { kind: 'Group', name: 'team-shop' },
    { kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' },
  );
  await grant();
  const apiGroup = 'rbac.authorization.k8s.io';
  expect(server.list(CORE.roleBindings)[0]?.subjects).toEqual([
    { apiGroup, kind: 'User', name: 'alice' },
    { apiGroup, kind: 'Group', name: 'team-shop' },
    { kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' },
  ]);
});

test('where none of the owners is somebody here, nothing is bound', async () => {
  scenario.setOwners({ kind: 'User', name: 'carol' });
  await grant();
  expect(server.writes).toEqual([]);
});

test('a binding that cannot be made is no binding', async () => {
  server.failure = ({ method }) => (method === 'POST' ? 403 : undefined);
  await expect(grant()).rejects.toMatchObject({ statusCode: 403 });
});

test('nobody becomes admin of what was there before', async () => {
  await grant(false);
  expect(bindings()).toEqual([]);
});

test('nobody becomes admin of a namespace that somebody else made since under the name', async () => {
  putNamespace('shop', uidOf('namespace of another team'));
  putNamespace('shop-db', uidOf('namespace shop-db'), { deletionTimestamp: NOW.toISOString() });
  await grant();
  expect(bindings()).toEqual([]);
});

test('a binding of an earlier recovery, that came back with the backup, keeps no owner of today out', async () => {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' };
  server.put(CORE.roleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'kubectl-recover-owners', namespace: 'shop' },
    roleRef,
    subjects: [{ kind: 'User', name: 'bob' }],
  });
  await grant();
  expect(bindings()).toContain(`shop/${NAME}: alice`);
});
