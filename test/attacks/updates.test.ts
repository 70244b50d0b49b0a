import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { getGrant, recoveryFor, waitForCondition } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import { type Attack, testWall } from './wall.ts';

/** Wall 2: a Restore that was admitted, and a Backup that was stamped, stay what they are. */

let environment: RecoveryEnvironment;
let attackers: Attackers;
const namespace = 'velero';
let restoreName: string;

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  await deployPlain(prod, 'alice', 'shop', 'mail');
  await registerGroup(await environment.user('alice'), 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
  attackers = await createAttackers(environment);
  const { alice } = attackers;
  const held = await getGrant(alice, 'shop/shop');
  const recovery = await recoveryFor({ held, backup: 'whole', destination: prod.clusterId });
  const ended = await waitForCondition(alice, await alice.create(OWN.recoveries, recovery), 'succeeded');
  restoreName = ended.status?.restoreRef?.name ?? '';
});

afterAll(async () => {
  await attackers?.close();
  await environment?.stop();
});

type Who = 'editor' | 'operator' | 'pipeline' | 'velero';
const client = (who: Who): KubeClient => attackers[who];

const patch =
  <Resource extends KubeObject>(
    who: Who,
    type: ResourceType<Resource>,
    name: () => string,
    change: Readonly<Record<string, unknown>>,
  ): Attack['act'] =>
  options =>
    client(who).mergePatch(type, { namespace, name: name() }, change, options);

const onRestore = (who: Who, change: Readonly<Record<string, unknown>>) =>
  patch(who, VELERO.restores, () => restoreName, change);
const onBackup = (who: Who, change: Readonly<Record<string, unknown>>) =>
  patch(who, VELERO.backups, () => 'whole', change);

const annotation = (name: string, value: string | null) => ({ metadata: { annotations: { [name]: value } } });

testWall({
  name: 'wall 2',
  policy: 'kubectl-recover-updates',
  cluster: () => environment.clusters.prod,
  state: async () => {
    const [restore, backup] = await Promise.all([
      attackers.editor.get(VELERO.restores, { namespace, name: restoreName }),
      attackers.editor.get(VELERO.backups, { namespace, name: 'whole' }),
    ]);
    return [restore, backup].map(({ metadata, spec, status }) => ({
      annotations: metadata.annotations,
      finalizers: metadata.finalizers,
      spec,
      status,
    }));
  },
  attacks: [
    ...(['editor', 'operator', 'pipeline'] as const).flatMap((who): Attack[] => [
      {
        id: 'T14',
        what: `${who} widens the spec of an admitted Restore`,
        code: 'CatalogueOnly',
        act: onRestore(who, { spec: { includedNamespaces: ['shop', 'mail'] } }),
      },
      {
        id: 'T14',
        what: `${who} has a Restore run again by its phase`,
        code: 'CatalogueOnly',
        act: onRestore(who, { status: { phase: 'New' } }),
      },
      {
        id: 'T14',
        what: `${who} has a Restore run again by taking its status away`,
        code: 'CatalogueOnly',
        act: onRestore(who, { status: null }),
      },
      {
        id: 'T14',
        what: `${who} replaces the recovery token`,
        code: 'CatalogueOnly',
        act: onRestore(who, annotation(ANNOTATIONS.recoveryToken, 'e30.e30.AA')),
      },
      {
        id: 'T72',
        what: `${who} takes our finalizer off, to have the name free`,
        code: 'CatalogueOnly',
        act: onRestore(who, { metadata: { finalizers: null } }),
      },
      {
        id: 'T14',
        what: `${who} changes what a Backup selects`,
        code: 'CatalogueOnly',
        act: onBackup(who, { spec: { includedNamespaces: ['mail'] } }),
      },
      {
        id: 'T16',
        what: `${who} points a Backup at another location`,
        code: 'CatalogueOnly',
        act: onBackup(who, { spec: { storageLocation: 'elsewhere' } }),
      },
      {
        id: 'T15',
        what: `${who} puts a Backup under another location by its label`,
        code: 'CatalogueOnly',
        act: onBackup(who, { metadata: { labels: { 'velero.io/storage-location': 'elsewhere' } } }),
      },
      {
        id: 'T42',
        what: `${who} extends the life of a Backup by hand`,
        code: 'CatalogueOnly',
        act: onBackup(who, { status: { expiration: '2099-01-01T00:00:00Z' } }),
      },
      {
        id: 'T38',
        what: `${who} takes the stamp off a Backup`,
        code: 'CatalogueOnly',
        act: onBackup(who, annotation(ANNOTATIONS.stamp, null)),
      },
      {
        id: 'T38',
        what: `${who} puts another stamp on a Backup`,
        code: 'CatalogueOnly',
        act: onBackup(who, annotation(ANNOTATIONS.stamp, 'e30.e30.AA')),
      },
    ]),
    {
      id: 'T14',
      what: 'Velero’s own account has a Restore run again',
      code: 'RestoreMismatch',
      act: onRestore('velero', { status: { phase: 'New' } }),
    },
    {
      id: 'T14',
      what: 'Velero’s own account widens a Restore that has run',
      code: 'CatalogueOnly',
      act: onRestore('velero', { spec: { includedNamespaces: ['*'] } }),
    },
    {
      id: 'T38',
      what: 'Velero’s own account changes the stamp of a finished Backup',
      code: 'CatalogueOnly',
      act: onBackup('velero', annotation(ANNOTATIONS.stamp, 'e30.e30.AA')),
    },
  ],
});

test('T82: labels, foreign annotations and owner references pass', async () => {
  for (const who of ['editor', 'operator', 'pipeline', 'velero'] as const) {
    for (const [type, name] of [
      [VELERO.restores, restoreName],
      [VELERO.backups, 'whole'],
    ] as const) {
      const metadata = { labels: { team: 'shop' }, annotations: { 'team.example/note': 'kept' } };
      const patched = await client(who).mergePatch<KubeObject>(
        type,
        { namespace, name },
        { metadata },
        { dryRun: true },
      );
      expect(patched.metadata.labels?.['team']).toBe('shop');
    }
  }
});
