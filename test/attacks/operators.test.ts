import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import { creatable, objectOf } from './free-object.ts';
import { testRules } from './rules.ts';
import { VELERO_SAMPLES, type VeleroSample } from './velero-samples.ts';
import { type Attack, testWall, type Wall } from './wall.ts';

/** Wall 3: every other way into a backup's data is for those who do the daily work with Velero. */

let environment: RecoveryEnvironment;
let attackers: Attackers;
const namespace = 'velero';

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  await deployPlain(prod, 'alice', 'shop', 'mail');
  await registerGroup(await environment.user('alice'), 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
  attackers = await createAttackers(environment);
  // It would work on the objects and clear them away; what is judged here is writes, by the API server alone.
  await prod.veleroServer.stop();
  for (const sample of VELERO_SAMPLES) await attackers.velero.create(sample.type, objectOf(sample, existing(sample)));
});

afterAll(async () => {
  await attackers?.close();
  await environment?.stop();
});

const existing = ({ type }: Pick<VeleroSample, 'type'>): KubeObject['metadata'] => ({
  name: `existing-${type.plural}`,
  namespace,
  labels: { 'velero.io/backup-name': 'other' },
  annotations: { [ANNOTATIONS.keySuccession]: '["of another time"]' },
});

const sampleOf = (plural: string): VeleroSample => {
  const found = VELERO_SAMPLES.find(({ type }) => type.plural === plural);
  if (found === undefined) throw new Error(`no sample of ${plural}`);
  return found;
};

const [schedules, backups, locations] = ['schedules', 'backups', 'backupstoragelocations'].map(sampleOf) as [
  VeleroSample,
  VeleroSample,
  VeleroSample,
];

type Who = 'editor' | 'operator' | 'pipeline';

const create =
  (who: Who, sample: VeleroSample, more: Partial<KubeObject['metadata']> = {}, fields: object = {}): Attack['act'] =>
  options => {
    const object = objectOf(sample, { name: `attack-${who}`, namespace, ...more });
    return attackers[who].create(sample.type, { ...object, ...fields }, options);
  };

const patch =
  (who: Who, sample: VeleroSample, change: Readonly<Record<string, unknown>>): Attack['act'] =>
  options =>
    attackers[who].mergePatch(sample.type, existing(sample), change, options);

const labelled = (value: string | null) => ({ metadata: { labels: { 'velero.io/backup-name': value } } });
const ofWhole = { labels: { 'velero.io/backup-name': 'whole' } };
const stamped = { annotations: { [ANNOTATIONS.stamp]: 'e30.e30.AA' } };

/** The threat that a kind is named in by itself; all others are in T20. */
const THREATS: Readonly<Record<string, string>> = {
  podvolumebackups: 'T19',
  downloadrequests: 'T24',
  backups: 'T23',
  backupstoragelocations: 'T16',
};
const threatOf = ({ type }: VeleroSample): string => THREATS[type.plural] ?? 'T20';

const wall3: Wall = {
  name: 'wall 3',
  policy: 'kubectl-recover-operators',
  cluster: () => environment.clusters.prod,
  state: async () => {
    const lists = await Promise.all(VELERO_SAMPLES.map(({ type }) => attackers.editor.listAll(type, { namespace })));
    return lists.flat().map(({ kind, metadata, ...content }) => ({
      ...content,
      kind,
      name: metadata.name,
      labels: metadata.labels,
      annotations: metadata.annotations,
    }));
  },
  attacks: [
    ...VELERO_SAMPLES.flatMap((sample): Attack[] => [
      {
        id: threatOf(sample),
        what: `editor creates a ${sample.type.kind}`,
        code: 'Forbidden',
        act: create('editor', sample, ofWhole),
      },
      // A Backup that is there is wall 2's.
      ...(sample === backups
        ? []
        : [
            {
              id: threatOf(sample),
              what: `editor changes the spec of a ${sample.type.kind}`,
              code: 'Forbidden',
              act: patch('editor', sample, sample.change),
            } as const,
            {
              id: threatOf(sample),
              what: `editor sets the status of a ${sample.type.kind}`,
              code: 'Forbidden',
              act: patch('editor', sample, { status: { phase: sample.phase } }),
            } as const,
            {
              id: 'T38',
              what: `editor annotates a ${sample.type.kind}`,
              code: 'Forbidden',
              act: patch('editor', sample, { metadata: stamped }),
            } as const,
          ]),
    ]),
    {
      id: 'T16',
      what: 'editor points the location of all backups at another prefix',
      code: 'Forbidden',
      act: options => {
        const { type, change } = locations;
        return attackers.editor.mergePatch(type, { namespace, name: 'default' }, change, options);
      },
    },
    {
      id: 'T19',
      what: 'editor has a PodVolumeBackup belong to another backup',
      code: 'Forbidden',
      act: patch('editor', sampleOf('podvolumebackups'), labelled('whole')),
    },
    {
      id: 'T19',
      what: 'editor takes the status off a PodVolumeBackup',
      code: 'Forbidden',
      act: patch('editor', sampleOf('podvolumebackups'), { status: null }),
    },
    {
      id: 'T19',
      what: 'editor takes the annotations off a PodVolumeBackup',
      code: 'Forbidden',
      act: patch('editor', sampleOf('podvolumebackups'), { metadata: { annotations: null } }),
    },
    {
      id: 'T19',
      what: 'editor hides a PodVolumeBackup from its backup',
      code: 'Forbidden',
      act: patch('editor', sampleOf('podvolumebackups'), labelled(null)),
    },
    ...(['operator', 'pipeline'] as const).flatMap((who): Attack[] => [
      {
        id: 'T36',
        what: `${who} creates a Backup that is said to be Completed`,
        code: 'CatalogueOnly',
        act: create(who, backups, {}, { status: { phase: 'Completed' } }),
      },
      {
        id: 'T36',
        what: `${who} creates a Backup that is said to be InProgress, to have it stamped`,
        code: 'CatalogueOnly',
        act: create(who, backups, {}, { status: { phase: 'InProgress', startTimestamp: '2026-01-01T00:00:00Z' } }),
      },
      {
        id: 'T38',
        what: `${who} creates a Backup with a stamp`,
        code: 'CatalogueOnly',
        act: create(who, backups, stamped),
      },
      {
        id: 'T38',
        what: `${who} creates a Schedule whose Backups would carry a stamp`,
        code: 'CatalogueOnly',
        act: create(who, schedules, stamped),
      },
      {
        id: 'T38',
        what: `${who} puts a stamp on a Schedule that is there`,
        code: 'CatalogueOnly',
        act: patch(who, schedules, { metadata: stamped }),
      },
      {
        id: 'T38',
        what: `${who} changes an annotation of ours on a Schedule that is there`,
        code: 'CatalogueOnly',
        act: patch(who, schedules, { metadata: { annotations: { [ANNOTATIONS.keySuccession]: '["another"]' } } }),
      },
    ]),
  ],
};

testWall(wall3);
testRules(wall3);

describe('what must pass', () => {
  test('the table of attacks has every kind of Velero that is installed', async () => {
    const lists = await Promise.all(
      ['v1', 'v2alpha1'].map(async version =>
        creatable(await attackers.editor.read(`/apis/velero.io/${version}`), 'namespace'),
      ),
    );
    const attacked = ['restores', ...VELERO_SAMPLES.map(({ type }) => type.plural)];
    expect(attacked.sort()).toEqual(lists.flat().sort());
  });

  test('who may operate creates and changes each kind', async () => {
    for (const who of ['operator', 'pipeline'] as const) {
      for (const sample of VELERO_SAMPLES) {
        // A status is Velero's on a Backup only; who may operate is trusted with the others.
        await create(who, sample)({ dryRun: true });
        if (sample !== backups) await patch(who, sample, sample.change)({ dryRun: true });
      }
      await create(who, schedules, { annotations: { 'team.example/note': 'kept' } })({ dryRun: true });
      await create(who, backups, {}, { status: {} })({ dryRun: true });
    }
  });

  test('Velero’s own account does everything, as its synchronisation does with stamps and status', async () => {
    const { velero } = attackers;
    const finished = {
      ...objectOf(backups, { name: 'synced', namespace, ...stamped }),
      status: { phase: 'Completed' },
    };
    await velero.create(backups.type, finished, { dryRun: true });
    for (const sample of VELERO_SAMPLES.filter(each => each !== backups)) {
      await velero.create(sample.type, objectOf(sample, { name: 'made', namespace }), { dryRun: true });
      const change = { ...sample.change, ...labelled('whole'), status: { phase: sample.phase } };
      await velero.mergePatch(sample.type, existing(sample), change, { dryRun: true });
    }
  });

  test('T82: labels, finalizers, owner references and writes that change nothing pass for everybody', async () => {
    const owner = await attackers.editor.get(backups.type, existing(backups));
    const { name, uid } = owner.metadata;
    const metadata = {
      labels: { team: 'shop' },
      finalizers: ['team.example/hold'],
      ownerReferences: [{ apiVersion: 'velero.io/v1', kind: 'Backup', name, uid }],
    };
    for (const sample of VELERO_SAMPLES) {
      const stored = await attackers.editor.get(sample.type, existing(sample));
      const { metadata: same, ...content } = stored;
      await attackers.editor.replace(sample.type, { ...objectOf(sample, same), ...content }, { dryRun: true });
      const patched = await attackers.editor.mergePatch(sample.type, existing(sample), { metadata }, { dryRun: true });
      expect(patched.metadata.labels?.['team']).toBe('shop');
    }
  });
});

test('T20, T24: owners have no right on any kind of Velero to begin with', async () => {
  const { alice } = attackers;
  const refused = (action: Promise<unknown>) =>
    expect(action).rejects.toMatchObject({ message: expect.stringContaining('alice') as string, reason: 'Forbidden' });
  for (const sample of VELERO_SAMPLES) {
    const { type } = sample;
    await refused(alice.create(type, objectOf(sample, { name: 'attack', namespace })));
    await refused(alice.mergePatch(type, existing(sample), sample.change));
    await refused(alice.get(type, existing(sample)));
    await refused(alice.list(type, { namespace }));
    await refused(alice.remove(type, existing(sample)));
  }
});
