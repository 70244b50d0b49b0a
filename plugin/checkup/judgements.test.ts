import { describe, expect, test } from 'vitest';
import { recoveryHash } from '../../api/digest.ts';
import type { AccessRequest } from '../../api/kinds/access-request.ts';
import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { ANNOTATIONS, LABELS } from '../../api/names.ts';
import type { Restore } from '../../api/velero/velero-types.ts';
import { FakeCluster, NOW } from '../../test/fakes/fake-authority.ts';
import { conditionOf } from '../../test/fakes/fake-catalogue.ts';
import { judgeVersion } from './api-server.ts';
import { judgeOpenNamespaces, judgeRestoresByHand } from './break-glass.ts';
import { describeCaller } from './caller.ts';
import { judgeAnswer, judgeReport } from './catalogue.ts';
import { judgeClock } from './clock.ts';
import { quoted } from './finding.ts';
import { judgeMarks } from './marks.ts';
import { judgePeers } from './peers.ts';
import { judgePlace } from './place.ts';
import { judgeRights } from './rights.ts';
import { judgeLocations } from './storage-locations.ts';
import { judgeDrift } from './velero.ts';

const namespace = (name: string, part: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...part },
});

test('names beyond the first few are counted', () => {
  expect(quoted(['a', 'b', 'c'], 2)).toBe('"a", "b", 1 more');
});

describe('the API server', () => {
  test.each([
    ['1', '30', 'ok'],
    ['1', '30+', 'ok'],
    ['1', '35', 'ok'],
    ['2', '0', 'ok'],
    ['1', '29', 'failed'],
    ['', '', 'failed'],
  ])('of version %s.%s is %s', (major, minor, state) => {
    expect(judgeVersion({ major, minor, gitVersion: 'v' }).state).toBe(state);
  });
});

test('the caller is named, even one without a name', () => {
  const userInfo = { username: 'alice', groups: ['devs', 'system:authenticated'] };
  expect(describeCaller({ status: { userInfo } }).what).toBe('you are "alice" in devs, system:authenticated');
  expect(describeCaller({}).what).toBe('you are "<unknown>"');
});

describe('rights', () => {
  const rights = {
    createAccessRequests: true,
    createRecoveries: true,
    namespace: 'shop',
    adminOfNamespace: false,
    velero: [{ namespace: 'velero', operate: true, bypass: false }],
  };

  test('that not everybody needs are told, and their lack is no fault', () => {
    expect(judgeRights(rights)).toEqual([
      { state: 'ok', what: 'you may ask for recoveries' },
      { state: 'ok', what: 'admin of namespace "shop", to register groups: no' },
      { state: 'ok', what: 'on Restores in namespace "velero": operate yes, bypass no' },
    ]);
  });

  test('that everybody should have are missed', () => {
    const lacking = judgeRights({ ...rights, createAccessRequests: false, createRecoveries: false });
    expect(lacking[0]).toMatchObject({
      state: 'failed',
      what: expect.stringContaining('accessrequests and recoveries'),
    });
  });
});

describe('Velero', () => {
  const velero = { namespace: 'velero', serviceAccount: 'velero' };
  const other = { namespace: 'backup', serviceAccount: 'velero' };

  test('as confirmed is right', () => {
    expect(judgeDrift([velero, other], [other, velero])).toMatchObject([{ state: 'ok' }]);
  });

  test.each([
    ['another account', [{ ...velero, serviceAccount: 'default' }], [velero], ['failed', 'warning']],
    ['a second one', [velero, other], [velero], ['failed']],
    ['one that is gone', [velero], [velero, other], ['warning']],
    ['one that nobody confirmed', [velero], undefined, ['failed']],
  ])('drift is found: %s', (_, found, confirmed, states) => {
    expect(judgeDrift(found, confirmed).map(({ state }) => state)).toEqual(states);
  });

  test('what mends it names all that is there', () => {
    expect(judgeDrift([velero, other], [velero])[0]).toMatchObject({
      what: expect.stringContaining('"backup/velero"'),
      mend: expect.stringContaining('--velero velero/velero --velero backup/velero'),
    });
  });
});

describe('storage locations', () => {
  const location = (name: string, status: object) => ({
    apiVersion: 'velero.io/v1',
    kind: 'BackupStorageLocation',
    metadata: { namespace: 'velero', name },
    status,
  });

  test('each that is not Available is named', () => {
    const locations = [
      location('default', { phase: 'Available' }),
      location('other', { phase: 'Unavailable', message: 'no such bucket' }),
      location('new', {}),
    ];
    expect(judgeLocations(locations, NOW)).toMatchObject([
      { state: 'ok', what: 'Available: "velero/default"' },
      { state: 'warning', what: 'Velero has not looked at "velero/new" yet' },
      { state: 'failed', what: '"velero/other" is Unavailable: no such bucket' },
    ]);
  });

  test('none at all failed', () => {
    expect(judgeLocations([], NOW)).toMatchObject([{ state: 'failed' }]);
  });

  test('one that Velero has not looked at for long says that Velero may be down', () => {
    const watched = (lastValidationTime: string) => location('default', { phase: 'Available', lastValidationTime });
    expect(judgeLocations([watched('2026-03-02T11:59:00Z')], NOW)).toMatchObject([{ state: 'ok' }]);
    expect(judgeLocations([watched('2026-03-02T11:00:00Z')], NOW)).toMatchObject([
      { state: 'ok' },
      { state: 'warning', what: expect.stringContaining('since 2026-03-02T11:00:00Z; it may not be running') },
    ]);
  });
});

describe('the catalogue', () => {
  const report = (status: ClusterIdentity['status']) => judgeReport({ ...(status ? { status } : {}) }, '0.1.0', 'prod');

  test('of the same version and with a mode is right', () => {
    expect(report({ version: '0.1.0', mode: 'Audit' })).toEqual({ state: 'ok', what: 'version 0.1.0, mode Audit' });
  });

  test.each<[string, ClusterIdentity['status'], string]>([
    ['no report', undefined, 'failed'],
    ['a report without a version', { mode: 'Audit' }, 'failed'],
    ['another version', { version: '0.2.0', mode: 'Audit' }, 'warning'],
    ['no mode', { version: '0.1.0' }, 'warning'],
    ['a mode that it cannot tell', { version: '0.1.0', mode: 'Unknown' }, 'warning'],
  ])('with %s', (_, status, state) => {
    expect(report(status)).toMatchObject({ state, mend: expect.any(String) });
  });

  test('that is not installed says how', () => {
    expect(judgeReport(undefined, '0.1.0', 'prod')).toMatchObject({
      state: 'failed',
      mend: expect.stringContaining('kubectl recover install --context prod'),
    });
  });

  test('has answered only if it set the requester', () => {
    const made = (spec: object) => ({ made: { spec } as Stored<AccessRequest> });
    expect(judgeAnswer(made({ wants: {}, requester: { username: 'alice' } })).state).toBe('ok');
    expect(judgeAnswer(made({ wants: {} })).state).toBe('failed');
  });
});

describe('the clock', () => {
  const at = (time: string) => Date.parse(time);
  const noon = { sentMs: at('2026-03-02T12:00:00.900Z'), receivedMs: at('2026-03-02T12:00:01.100Z') };

  test.each([
    ['2026-03-02T12:00:01Z', 'ok'],
    ['2026-03-02T12:00:16Z', 'ok'],
    ['2026-03-02T12:00:17Z', 'warning'],
    ['2026-03-02T11:59:45Z', 'ok'],
    ['2026-03-02T11:59:44Z', 'warning'],
  ])('of a cluster at %s is %s', (serverTime, state) => {
    expect(judgeClock(serverTime, noon).state).toBe(state);
  });

  test('that is off says which way', () => {
    expect(judgeClock('2026-03-02T12:01:01Z', noon).what).toContain('59 s behind');
    expect(judgeClock('2026-03-02T11:59:00Z', noon).what).toContain('59 s ahead of');
  });

  test('is not blamed for an answer that took long', () => {
    expect(judgeClock('2026-03-02T12:00:01Z', { ...noon, receivedMs: noon.receivedMs + 60_000 }).state).toBe('ok');
  });

  test('is unknown without an answer', () => {
    expect(judgeClock('', noon).state).toBe('unknown');
  });
});

describe('peers', async () => {
  const [own, prod, dr] = await Promise.all(['own', 'prod', 'dr'].map(name => FakeCluster.create(name)));
  const identity = (name: string, spec: ClusterIdentity['spec'], status = {}): ClusterIdentity => ({
    apiVersion: 'kubectl-recover.io/v1alpha1',
    kind: 'ClusterIdentity',
    metadata: { name },
    spec,
    status,
  });
  const keysOf = (cluster: FakeCluster | undefined, state?: ClusterKey['state']) => cluster?.publicKeys(state) ?? [];
  const idOf = (cluster: FakeCluster | undefined) => cluster?.id ?? '';
  const self = identity('self', {}, { clusterID: idOf(own), keys: keysOf(own) });
  const peer = { clusterID: idOf(prod), keys: keysOf(prod), identityTrust: { users: ['oidc:*'] } };
  const judged = (...peers: readonly ClusterIdentity[]) => judgePeers([self, ...peers], 'here');

  test('none, and one that is trusted in full, are right', () => {
    expect(judged()).toEqual([{ state: 'ok', what: 'no other cluster is trusted' }]);
    expect(judged(identity('prod', peer))).toEqual([
      { state: 'ok', what: '"prod" is trusted: 2 keys, users oidc:*, groups <none>' },
    ]);
  });

  test.each<[string, Partial<ClusterIdentity['spec']>, string, string]>([
    ['nobody mapped', { identityTrust: {} }, 'warning', 'no user and no group of peer "prod"'],
    ['no keys', { keys: [] }, 'warning', 'no grant and no stamp key'],
    ['revoked keys', { keys: keysOf(prod, 'Revoked') }, 'warning', 'no grant and no stamp key'],
    ['a grant key only', { keys: keysOf(prod).slice(0, 1) }, 'warning', 'no stamp key'],
    ['the ID of this cluster', { clusterID: idOf(own) }, 'failed', 'has the ID of this cluster'],
    ['ID and keys of this cluster', { clusterID: idOf(own), keys: keysOf(own) }, 'warning', 'or a copy of it'],
    ['keys of this cluster', { keys: keysOf(own) }, 'failed', 'signs with keys of this cluster'],
  ])('one with %s is found', (_, part, state, what) => {
    expect(judged(identity('prod', { ...peer, ...part }))).toMatchObject([
      { state, what: expect.stringContaining(what), mend: expect.any(String) },
    ]);
  });

  test('two with one ID are found, and the third is not blamed', () => {
    const found = judged(
      identity('a', peer),
      identity('dr', { ...peer, clusterID: idOf(dr), keys: keysOf(dr) }),
      identity('b', peer),
    );
    expect(found.map(({ state }) => state)).toEqual(['failed', 'ok', 'failed']);
  });

  test('are judged without self too', () => {
    expect(judgePeers([identity('prod', peer)], 'here')).toMatchObject([{ state: 'ok' }]);
  });
});

describe('break-glass', () => {
  const open = (reason: string) => namespace('shop', { annotations: { [ANNOTATIONS.bypassReason]: reason } });

  test('a namespace with a reason is open', () => {
    expect(judgeOpenNamespaces([namespace('mail'), open('INC-1')])).toEqual([
      {
        state: 'warning',
        what: 'namespace "shop" is open to restores by hand: INC-1',
        mend: expect.stringContaining('kubectl annotate namespace shop kubectl-recover.io/bypass-reason-'),
      },
    ]);
  });

  test('without a reason, or with an empty one, which opens nothing, none is', () => {
    expect(judgeOpenNamespaces([namespace('mail'), open('')])).toMatchObject([{ state: 'ok' }]);
  });

  const restore = (name: string, phase: string | undefined, reason = 'INC-1') =>
    ({
      apiVersion: 'velero.io/v1',
      kind: 'Restore',
      metadata: { namespace: 'velero', name, annotations: { [ANNOTATIONS.bypassReason]: reason } },
      spec: {},
      ...(phase === undefined ? {} : { status: { phase } }),
    }) as unknown as Restore;

  test('a Restore that runs is told, one that ended is counted', () => {
    expect(
      judgeRestoresByHand([restore('a', 'InProgress'), restore('b', undefined), restore('c', 'Failed')]),
    ).toMatchObject([
      { state: 'warning', what: 'Restore "velero/a" runs by break-glass: INC-1' },
      { state: 'warning', what: 'Restore "velero/b" runs by break-glass: INC-1' },
    ]);
    expect(judgeRestoresByHand([restore('c', 'Failed'), restore('d', 'Completed', '')])).toEqual([
      { state: 'ok', what: '1 Restore by break-glass, all ended: "velero/c"' },
    ]);
    expect(judgeRestoresByHand([])).toMatchObject([{ state: 'ok' }]);
  });
});

describe('marks', () => {
  const NAME = 'a'.repeat(32);
  const marked = namespace('shop', { labels: { [LABELS.recovering]: recoveryHash(NAME) } });
  const recovery = (status?: Recovery['status']): Recovery =>
    ({
      apiVersion: 'x',
      kind: 'Recovery',
      metadata: { name: NAME },
      spec: {},
      ...(status ? { status } : {}),
    }) as Recovery;

  test('of a running recovery are right', () => {
    expect(judgeMarks([namespace('mail'), marked], [recovery()])).toEqual([
      { state: 'ok', what: 'being recovered: "shop"' },
    ]);
    const undecided = recovery({ conditions: [conditionOf('Succeeded', 'Unknown')] });
    expect(judgeMarks([marked], [undecided])).toMatchObject([{ state: 'ok' }]);
    expect(judgeMarks([namespace('mail')], [])).toMatchObject([{ state: 'ok' }]);
  });

  test.each<[string, Recovery[]]>([
    ['that is gone', []],
    ['that succeeded', [recovery({ conditions: [conditionOf('Succeeded', 'True')] })]],
    ['that failed', [recovery({ conditions: [conditionOf('Succeeded', 'False')] })]],
  ])('of a recovery %s are left over', (_, recoveries) => {
    expect(judgeMarks([marked], recoveries)).toMatchObject([
      {
        state: 'warning',
        what: expect.stringContaining('namespace "shop" is marked'),
        mend: expect.stringContaining('--as='),
      },
    ]);
  });
});

describe('the place of the cluster', () => {
  const place = (status: 'True' | 'False', reason: string, message = '') => ({
    cloud: 'aws',
    region: 'eu-west-1',
    conditions: [conditionOf('PlaceKnown', status, reason, message)],
  });

  test('that its nodes say, or that was declared', () => {
    const byNodes = judgePlace({ status: { ...place('True', 'FromNodes'), placeFrom: 'Nodes' } });
    expect(byNodes).toEqual({ state: 'ok', what: 'the cluster is in aws/eu-west-1, by its nodes' });
    const declared = judgePlace({ status: { ...place('True', 'FromDeclared'), placeFrom: 'Declared' } });
    expect(declared).toEqual({ state: 'ok', what: 'the cluster is in aws/eu-west-1, declared' });
  });

  test('that nobody says is no fault', () => {
    expect(judgePlace({ status: place('False', 'NotTold', 'its nodes say no region') }).state).toBe('ok');
  });

  test('that its nodes contradict each other about is told with the nodes', () => {
    const finding = judgePlace({ status: place('False', 'Contradictory', 'aws/a: "n1"; aws/b: "n2"') });
    expect(finding).toMatchObject({ state: 'warning', what: expect.stringContaining('aws/b: "n2"') });
  });

  test('that a catalogue has not reported is not guessed', () => {
    expect(judgePlace({}).state).toBe('unknown');
  });
});
