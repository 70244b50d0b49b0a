import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN, type ResourceType } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { KNOWN_VELERO } from '../../api/velero/known-velero.ts';
import { type Backup, type Restore, VELERO } from '../../api/velero/velero-types.ts';
import { getGrant, recoveryFor, waitForCondition } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { verdictOf } from '../environment/verdict.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import { testRules } from './rules.ts';
import { type Attack, testWall, type Wall } from './wall.ts';

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

const wall2: Wall = {
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
        id: 'T72',
        what: `${who} puts another finalizer in the place of ours`,
        code: 'CatalogueOnly',
        act: onRestore(who, { metadata: { finalizers: ['test.example/other'] } }),
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
        id: 'T15',
        what: `${who} takes the label of its location off a Backup`,
        code: 'CatalogueOnly',
        act: onBackup(who, { metadata: { labels: { 'velero.io/storage-location': null } } }),
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
      what: 'Velero’s own account has a Restore run again by taking its status away',
      code: 'RestoreMismatch',
      act: onRestore('velero', { status: null }),
    },
    {
      id: 'T14',
      what: 'Velero’s own account widens a Restore that has run',
      code: 'CatalogueOnly',
      act: onRestore('velero', { spec: { includedNamespaces: ['*'] } }),
    },
    {
      id: 'T14',
      what: 'Velero’s own account has a Restore that has run exclude nothing',
      code: 'CatalogueOnly',
      act: onRestore('velero', { spec: { excludedResources: [] } }),
    },
    {
      id: 'T16',
      what: 'Velero’s own account changes what a finished Backup selects',
      code: 'CatalogueOnly',
      act: onBackup('velero', { spec: { includedNamespaces: ['mail'] } }),
    },
    {
      id: 'T38',
      what: 'Velero’s own account changes the stamp of a finished Backup',
      code: 'CatalogueOnly',
      act: onBackup('velero', annotation(ANNOTATIONS.stamp, 'e30.e30.AA')),
    },
  ],
};

testWall(wall2);
testRules(wall2);

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

/**
 * The phases of a Restore in the order in which Velero could set them; the first is that of one which it has not looked at.
 * Velero is stopped meanwhile and its login sets them, so that each stands still while it is attacked.
 */
describe('T14, T72: at each phase of a Restore and of a Backup', () => {
  const people = ['editor', 'operator', 'pipeline'] as const;
  const held: KubeObject['metadata'] = { name: 'held', namespace };
  let waiting: Stored<Restore>;

  /** Ways to write an object that is there, each changing one thing. */
  const writes = <Kind extends Restore | Backup>(
    who: Who,
    type: ResourceType<Kind>,
    stored: Stored<Kind>,
  ): Readonly<Record<string, () => Promise<unknown>>> => {
    const { name } = stored.metadata;
    const merge = (change: object) => () => client(who).mergePatch(type, { namespace, name }, { ...change });
    const { metadata, spec, status } = stored as Stored<Restore>;
    const wider = { ...spec, includedNamespaces: ['shop', 'mail'] };
    const plain = { apiVersion: stored.apiVersion, kind: stored.kind, metadata: { name, namespace } };
    const put = (change: object) => () => client(who).replace(type, { ...stored, ...change } as unknown as Kind);
    const apply = (change: object) => () =>
      client(who).apply(type, { ...plain, ...change } as unknown as Kind, { fieldManager: who });
    return {
      'PATCH of the spec': merge({ spec: { includedNamespaces: ['shop', 'mail'] } }),
      'PATCH of the status': merge({ status: { phase: 'Completed', errors: 7 } }),
      'PATCH of the status away': merge({ status: null, spec: { includedNamespaces: ['*'] } }),
      'PATCH of our annotation': merge(annotation(ANNOTATIONS.recoveryToken, 'e30.e30.AA')),
      'PATCH of the stamp': merge(annotation(ANNOTATIONS.stamp, 'e30.e30.AA')),
      'PATCH of a reason without the verb': merge({
        ...annotation(ANNOTATIONS.bypassReason, 'INC-1'),
        spec: { includedNamespaces: ['*'] },
      }),
      'PUT of the spec': put({ spec: wider }),
      'PUT of the status': put({ status: { ...status, phase: 'Completed', errors: 7 } }),
      'PUT of our annotation': put({
        metadata: { ...metadata, annotations: { ...metadata.annotations, [ANNOTATIONS.recoveryToken]: 'e30.e30.AA' } },
      }),
      'server-side apply of the spec': apply({ spec: { ...wider } }),
      'server-side apply of the status': apply({ spec, status: { phase: 'Completed', errors: 7 } }),
    };
  };

  const attackAll = async <Kind extends Restore | Backup>(type: ResourceType<Kind>, name: string): Promise<void> => {
    const before = await attackers.velero.get(type, { namespace, name });
    const verdicts: Record<string, string> = {};
    for (const who of people) {
      for (const [way, write] of Object.entries(writes(who, type, before))) {
        const verdict = await verdictOf(write());
        if (!/^kubectl-recover-updates: (CatalogueOnly|RestoreMismatch)/.test(verdict)) {
          verdicts[`${who}: ${way}`] = verdict;
        }
      }
    }
    expect(verdicts).toEqual({});
    const { metadata, spec, status } = (await attackers.velero.get(type, { namespace, name })) as Stored<Restore>;
    const old = before as Stored<Restore>;
    expect({ spec, status, annotations: metadata.annotations }).toEqual({
      spec: old.spec,
      status: old.status,
      annotations: old.metadata.annotations,
    });
  };

  beforeAll(async () => {
    const { prod } = environment.clusters;
    await prod.veleroServer.stop();
    const { alice } = attackers;
    const grant = await getGrant(alice, 'shop/shop');
    const recovery = await recoveryFor({ held: grant, backup: 'whole', destination: prod.clusterId });
    const admitted = await waitForCondition(alice, await alice.create(OWN.recoveries, recovery), 'admitted');
    const { name = '' } = admitted.status?.restoreRef ?? {};
    waiting = await attackers.velero.get(VELERO.restores, { namespace, name });
    await attackers.velero.create(VELERO.backups, {
      apiVersion: 'velero.io/v1',
      kind: 'Backup',
      metadata: { ...held, annotations: {} },
      spec: { includedNamespaces: ['shop'], storageLocation: 'default' },
    });
  });

  test('T14 | wall 2 | CatalogueOnly | Velero’s own account widens a Restore that it has not begun', async () => {
    const { name } = waiting.metadata;
    for (const change of [{ includedNamespaces: ['*'] }, { namespaceMapping: { shop: 'mail' } }]) {
      const write = attackers.velero.mergePatch(VELERO.restores, { namespace, name }, { spec: change });
      expect(await verdictOf(write)).toBe('kubectl-recover-updates: CatalogueOnly');
    }
  });

  /** A Backup as its location brings it, in a phase and with annotations. */
  const brought = async (name: string, phase: string, annotations: Readonly<Record<string, string>>) => {
    const { apiVersion, kind, spec } = await attackers.velero.get(VELERO.backups, held);
    const status = phase === '' ? {} : { phase, startTimestamp: '2026-03-02T03:00:00Z' };
    const backup = { apiVersion, kind, metadata: { name, namespace, annotations }, spec, status };
    return attackers.velero.create(VELERO.backups, backup as Backup);
  };
  const TOKEN = 'e30.e30.AA';

  test.each([
    ['changes another annotation of ours, with the stamp', { [ANNOTATIONS.keySuccession]: '["other"]' }],
    ['takes another annotation of ours off, with the stamp', { [ANNOTATIONS.keySuccession]: null }],
    ['brings an annotation of ours, with the stamp', { [ANNOTATIONS.bypassReason]: 'INC-1' }],
  ])('T38 | wall 2 | CatalogueOnly | Velero’s own account %s, when all of a Backup is read', async (what, annotations) => {
    const name = `read-${what.split(' ')[0]}`;
    await brought(name, 'InProgress', { [ANNOTATIONS.stamp]: TOKEN, [ANNOTATIONS.keySuccession]: '["one"]' });
    const change = { metadata: { annotations }, status: { phase: 'Finalizing' } };
    const write = attackers.velero.mergePatch(VELERO.backups, { namespace, name }, change);
    expect(await verdictOf(write)).toBe('kubectl-recover-updates: CatalogueOnly');
  });

  test('T33 | wall 2 | CatalogueOnly | Velero’s own account stamps a Backup when all of it is read', async () => {
    await brought('read-unstamped', 'InProgress', {});
    const change = { ...annotation(ANNOTATIONS.stamp, TOKEN), status: { phase: 'Finalizing' } };
    const write = attackers.velero.mergePatch(VELERO.backups, { namespace, name: 'read-unstamped' }, change);
    expect(await verdictOf(write)).toBe('kubectl-recover-updates: CatalogueOnly');
  });

  test('T38 | wall 2 | CatalogueOnly | Velero’s own account brings an annotation of ours that is no stamp, as a Backup begins', async () => {
    await brought('begins', '', {});
    for (const name of [ANNOTATIONS.recoveryToken, ANNOTATIONS.bypassReason]) {
      const change = {
        ...annotation(name, TOKEN),
        status: { phase: 'InProgress', startTimestamp: '2026-03-02T03:00:00Z' },
      };
      const write = attackers.velero.mergePatch(VELERO.backups, { namespace, name: 'begins' }, change);
      expect(await verdictOf(write)).toBe('kubectl-recover-updates: CatalogueOnly');
    }
  });

  const restorePhases = ['', ...KNOWN_VELERO['restores.velero.io'].phases];
  const backupPhases = ['', ...KNOWN_VELERO['backups.velero.io'].phases];

  test.each(
    restorePhases,
  )('T14 | wall 2 | CatalogueOnly | a Restore in phase "%s", by everybody and every way', async phase => {
    const { name } = waiting.metadata;
    if (phase !== '') await attackers.velero.mergePatch(VELERO.restores, { namespace, name }, { status: { phase } });
    await attackAll(VELERO.restores, name);
  });

  test.each(
    backupPhases,
  )('T14 | wall 2 | CatalogueOnly | a Backup in phase "%s", by everybody and every way', async phase => {
    const { name } = held;
    const status = { phase, startTimestamp: '2026-03-02T03:00:00Z' };
    if (phase !== '') await attackers.velero.mergePatch(VELERO.backups, { namespace, name }, { status });
    await attackAll(VELERO.backups, name);
  });

  test('T14 | wall 2 | RestoreMismatch | Velero’s own account has neither begin again', async () => {
    const again = { status: { phase: 'New' } };
    for (const [type, { name }] of [
      [VELERO.restores, waiting.metadata],
      [VELERO.backups, held],
    ] as const) {
      const write = attackers.velero.mergePatch<KubeObject>(type, { namespace, name }, again);
      expect(await verdictOf(write)).toBe('kubectl-recover-updates: RestoreMismatch');
    }
  });
});
