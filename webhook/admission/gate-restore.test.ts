import { afterEach, describe, expect, test } from 'vitest';
import { recoveryHash } from '../../api/digest.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, CATALOGUE_USERNAME, LABELS, RESTORE_FINALIZER } from '../../api/names.ts';
import type { RecoveryClaims } from '../../api/tokens/kinds.ts';
import { gateUrn } from '../../api/tokens/urns.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { FakeCluster, NOW, newSigningKey, secondsFromNow, uidOf } from '../../test/fakes/fake-authority.ts';
import { namespaceView, policyView } from '../../test/fakes/fake-cluster-state.ts';
import { forgeToken } from '../../test/fakes/forge-token.ts';
import { GateScenario, verdictOf } from '../../test/fakes/gate-scenario.ts';
import { RECOVERY_NAME, restoreObject } from '../../test/fakes/recovery-objects.ts';

let gate: GateScenario | undefined;

afterEach(async () => {
  await gate?.server.stop();
  gate = undefined;
});

const create = async (...given: Parameters<typeof GateScenario.create>): Promise<GateScenario> => {
  gate = await GateScenario.create(...given);
  return gate;
};

const admissionOf = ({ server, recovery }: GateScenario) =>
  server.find(OWN.recoveries, recovery.metadata)?.status?.admission;

type Flaw = (gate: GateScenario) => void | Promise<void>;

/** Shows that without the flaw the Restore is admitted, and with it refused with exactly this code and nothing written. */
const testRefusals = (what: string, refusals: readonly (readonly [code: string, why: string, flaw: Flaw])[]): void => {
  describe(what, () => {
    test.each(refusals)('%s: %s', async (code, _, flaw) => {
      const flawed = await create();
      flawed.dryRun = true;
      expect(await flawed.verdict()).toBe('allowed');
      flawed.dryRun = undefined;
      await flaw(flawed);
      expect(await flawed.verdict()).toBe(code);
      expect(flawed.server.writes).toEqual([]);
    });
  });
};

const forge = async (of: GateScenario, part: { header?: object; claims?: object; key?: FakeCluster['grantKey'] }) => {
  const { admissionKey } = of.scenario.here;
  of.tokenText = await forgeToken({
    header: { alg: 'ES256', typ: 'recovery+jwt', kid: admissionKey.kid, ...part.header },
    payload: { ...of.claims, ...part.claims },
    key: part.key ?? admissionKey,
  });
};

testRefusals('who is not the catalogue', [
  ...[
    'alice',
    'system:admin',
    'system:serviceaccount:velero:velero',
    'system:serviceaccount:default:catalogue',
    `${CATALOGUE_USERNAME}-2`,
    CATALOGUE_USERNAME.toUpperCase(),
  ].map(
    username =>
      [
        'CatalogueOnly',
        username,
        (of: GateScenario) => {
          of.username = username;
        },
      ] as const,
  ),
]);

testRefusals('a token that is not ours', [
  [
    'TokenMalformed',
    'an empty one',
    of => {
      of.tokenText = '';
    },
  ],
  [
    'TokenMalformed',
    'the access token',
    async of => {
      of.tokenText = (await of.scenario.register()).accessToken;
    },
  ],
  ['TokenMalformed', 'an app-group token of the right key', of => forge(of, { header: { typ: 'app-group+jwt' } })],
  ['TokenMalformed', 'one without signature', of => forge(of, { header: { alg: 'none' } })],
  ['TokenMalformed', 'one with a claim that we do not know', of => forge(of, { claims: { nbf: 1 } })],
  ['TokenMalformed', 'one of the future', of => forge(of, { claims: { iat: secondsFromNow(3600) } })],
  [
    'TokenUntrusted',
    'signed by our grant key',
    of => {
      of.signer = of.scenario.here.grantKey;
    },
  ],
  [
    'TokenUntrusted',
    'signed by our stamp key',
    of => {
      of.signer = of.scenario.here.stampKey;
    },
  ],
  [
    'TokenUntrusted',
    'signed by another key under the name of ours',
    async of => forge(of, { key: await newSigningKey() }),
  ],
  [
    'TokenUntrusted',
    'of another cluster, though our key signed it',
    of => {
      of.claims.iss = `urn:kubectl-recover:cluster:${uidOf('cluster other')}`;
    },
  ],
  [
    'TokenUntrusted',
    'of a peer’s catalogue for our gate',
    async of => {
      const peer = await FakeCluster.create('peer');
      of.claims.iss = peer.urn;
      of.signer = peer.admissionKey;
    },
  ],
  [
    'TokenUntrusted',
    'for the gate of another cluster',
    of => {
      of.claims.aud = gateUrn(uidOf('cluster other'));
    },
  ],
  [
    'TokenUntrusted',
    'for the cluster rather than its gate',
    of => {
      of.claims.aud = of.scenario.here.urn;
    },
  ],
  [
    'TokenExpired',
    'one that has expired',
    of => {
      of.now = new Date((of.claims.exp + 30) * 1000);
    },
  ],
]);

testRefusals('another Restore than the token binds', [
  [
    'RestoreMismatch',
    'of another name',
    of => {
      of.restore.metadata.name = 'recover-2';
    },
  ],
  [
    'RestoreMismatch',
    'in another Velero namespace',
    of => {
      of.restore.metadata.namespace = 'velero-2';
    },
  ],
  ...(
    [
      ['hooks', { resources: [] }],
      ['scheduleName', 'nightly'],
      ['resourceModifier', { kind: 'ConfigMap', name: 'x' }],
      ['restoreStatus', { includedResources: ['*'] }],
      ['preserveNodePorts', true],
      ['includeClusterResources', true],
      ['includeClusterResources', null],
      ['includedNamespaces', ['*']],
      ['includedNamespaces', ['shop']],
      ['excludedResources', []],
      ['backupName', 'nightly-2'],
      ['namespaceMapping', { shop: 'kube-system' }],
      ['restorePVs', false],
      ['existingResourcePolicy', 'update'],
      ['labelSelector', {}],
      ['orLabelSelectors', []],
    ] as const
  ).map(
    ([field, value]) =>
      [
        'RestoreMismatch',
        `with ${field} ${JSON.stringify(value)}`,
        (of: GateScenario) => {
          of.restore.spec[field] = value;
        },
      ] as const,
  ),
  [
    'RestoreMismatch',
    'without our finalizer',
    of => {
      of.restore.metadata.finalizers = [];
    },
  ],
  [
    'RestoreMismatch',
    'with a finalizer of another',
    of => {
      of.restore.metadata.finalizers = [`${RESTORE_FINALIZER}-2`, 'restores.velero.io/external-resources-finalizer'];
    },
  ],
  [
    'RestoreMismatch',
    'with no finalizers at all',
    of => {
      delete of.restore.metadata.finalizers;
    },
  ],
  [
    'RestoreMismatch',
    'with a status that says it has run',
    of => {
      of.restore.status = { phase: 'Completed' };
    },
  ],
]);

testRefusals('a Recovery that is not the token’s', [
  [
    'RestoreMismatch',
    'of another UID',
    of => {
      of.claims.jti = uidOf('another recovery');
    },
  ],
  [
    'RestoreMismatch',
    'that is not followed',
    of => {
      of.followedAt = undefined;
    },
  ],
  [
    'RestoreMismatch',
    'that is gone, though still followed',
    of => {
      of.followedAt = { namespace: 'kubectl-recover-requests', name: '0'.repeat(32) };
    },
  ],
  [
    'RestoreMismatch',
    'that was deleted and registered anew under the same name',
    of => {
      of.recovery = { ...of.recovery, metadata: { ...of.recovery.metadata, uid: uidOf('recovery, the second') } };
    },
  ],
  [
    'RestoreMismatch',
    'of another requester',
    of => {
      of.claims.sub = 'bob';
    },
  ],
  [
    'RestoreMismatch',
    'of nobody',
    of => {
      const { requester, ...spec } = of.recovery.spec;
      expect(requester?.username).toBe('alice');
      of.recovery = { ...of.recovery, spec };
    },
  ],
]);

testRefusals('what is not valid any more', [
  [
    'GroupGone',
    'the group was deleted',
    ({ scenario: { state } }) => {
      state.groups = [];
    },
  ],
  [
    'NotOwner',
    'the requester is no owner any more',
    ({ scenario: { state } }) => {
      state.groups = state.groups.map(group => ({ ...group, owners: [{ kind: 'User', name: 'bob' }] }));
    },
  ],
  [
    'TokenRevoked',
    'the key of the grant was revoked',
    ({ scenario: { state, here } }) => {
      state.ownKeys = here.publicKeys('Revoked');
    },
  ],
  [
    'PointNotReady',
    'the backup is being deleted',
    ({ scenario: { state } }) => {
      state.backupViews = state.backupViews.map(backup => ({ ...backup, deleting: true }));
    },
  ],
  [
    'PointExpired',
    'the backup has expired',
    ({ scenario: { state } }) => {
      state.backupViews = state.backupViews.map(backup => ({
        ...backup,
        status: { ...backup.status, expiration: NOW.toISOString() },
      }));
    },
  ],
  [
    'LocationUnavailable',
    'the storage location is not available',
    ({ scenario: { state } }) => {
      state.locations = [];
    },
  ],
  [
    'NamespaceTaken',
    'a target was made anew',
    ({ scenario: { state } }) => state.putNamespace(namespaceView('shop', { uid: uidOf('shop, the second') })),
  ],
  [
    'PolicyDenied',
    'no policy allows it any more',
    ({ scenario: { state } }) => {
      state.policyViews = [];
    },
  ],
  [
    'StateUnavailable',
    'nobody can tell at the moment',
    ({ scenario: { state } }) => {
      state.unavailable.add('policies');
    },
  ],
]);

const withBackup = (part: object) => (of: GateScenario) => {
  const { state } = of.scenario;
  state.backupViews = state.backupViews.map(backup => ({ ...backup, ...part }));
};

testRefusals('what changed since the token was signed, though it is valid', [
  ['ValidationChanged', 'the backup was synced anew under another UID', withBackup({ uid: 'b2' })],
  [
    'ValidationChanged',
    'the backup is in another location',
    of => {
      of.scenario.state.locations.push({ namespace: 'velero', name: 'other', phase: 'Available' });
      withBackup({ location: 'other' })(of);
    },
  ],
  [
    'ValidationChanged',
    'the backup has another stamp',
    async of => {
      of.scenario.stamp.jti = 'stamp-2';
      await of.scenario.register();
    },
  ],
  [
    'ValidationChanged',
    'a policy changed',
    ({ scenario: { state } }) => {
      state.policyViews = [policyView({}, 'default', 2)];
    },
  ],
  [
    'ValidationChanged',
    'a policy came',
    ({ scenario: { state } }) => {
      state.policyViews.push(policyView({}, 'second'));
    },
  ],
  [
    'ValidationChanged',
    'a resource is served that is never restored',
    ({ scenario: { state } }) => {
      state.served = [...state.served, { group: 'x.io', plural: 'clusterthings', namespaced: false }];
    },
  ],
  [
    'ValidationChanged',
    'the Recovery was validated anew',
    of => of.setStatus({ validationDigest: `sha256:${'0'.repeat(64)}` }),
  ],
  [
    'ValidationChanged',
    'the Recovery says nothing of a validation',
    of => {
      of.recovery = { ...of.recovery, status: {} };
    },
  ],
  [
    'ValidationChanged',
    'the token names another validation',
    of => {
      of.claims.validationDigest = `sha256:${'0'.repeat(64)}`;
    },
  ],
]);

const withTargets =
  (change: (targets: RecoveryClaims['targets']) => RecoveryClaims['targets']) => (of: GateScenario) => {
    of.claims.targets = change(of.claims.targets);
  };

testRefusals('targets that are not as reserved, read live', [
  ['ValidationChanged', 'one is gone', of => of.server.remove(CORE.namespaces, { name: 'shop-db' })],
  ['ValidationChanged', 'one was made anew', of => of.putNamespace('shop-db', uidOf('shop-db, the second'))],
  [
    'ValidationChanged',
    'one has lost its mark',
    ({ server, ...of }) => {
      server.put(CORE.namespaces, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: 'shop',
          uid: uidOf('namespace shop'),
          labels: { [`${LABELS.recovering}-2`]: of.scenario.hash },
        },
      });
    },
  ],
  ['ValidationChanged', 'one carries the mark of another recovery', of => of.putNamespace('shop', undefined, 'x')],
  [
    'ValidationChanged',
    'the token names one more',
    withTargets(targets => [...targets, ['billing', uidOf('namespace billing')]]),
  ],
  ['ValidationChanged', 'the token names fewer', withTargets(([first]) => (first ? [first] : []))],
]);

describe('a Restore without token', () => {
  test.each([{}, { [`${ANNOTATIONS.recoveryToken}-2`]: 'x' }, undefined])('%j: TokenMissing', async annotations => {
    const of = await create();
    const request = await of.request();
    const metadata = { ...of.restore.metadata, ...(annotations === undefined ? {} : { annotations }) };
    const bare = { ...request, object: { ...request.object, metadata } };
    expect(await verdictOf(() => of.review(bare))).toBe('TokenMissing');
  });
});

describe('the one Restore that the token binds', () => {
  test('is admitted and consumes the token', async () => {
    const of = await create();
    expect(await of.decide()).toEqual({
      kind: 'allow',
      audit: { recovery: recoveryHash(RECOVERY_NAME), requester: 'alice' },
    });
    expect(admissionOf(of)).toEqual({ restoreUID: 'r1', time: NOW.toISOString(), stored: false });
  });

  test('is admitted again, as an API server may ask, and no other is', async () => {
    const of = await create();
    await of.decide();
    expect(await verdictOf(() => of.review())).toBe('allowed');
    of.restore.metadata.uid = 'r2';
    expect(await verdictOf(() => of.review())).toBe('TokenUsed');
    expect(admissionOf(of)?.restoreUID).toBe('r1');
  });

  test('is refused once one was stored, even gone since, and with a token signed anew', async () => {
    const of = await create();
    of.setStatus({ admission: { restoreUID: 'r0', time: '2026-03-02T11:00:00Z', stored: true } });
    of.claims.exp += 60;
    expect(await of.verdict()).toBe('TokenUsed');
  });

  test('is refused as used before anything else is said of it, in a dry run too', async () => {
    const of = await create();
    of.setStatus({ admission: { restoreUID: 'r0', time: '2026-03-02T11:00:00Z', stored: true } });
    of.scenario.state.policyViews = [];
    of.dryRun = true;
    expect(await of.verdict()).toBe('TokenUsed');
  });

  test('is refused while a Restore of that name lives', async () => {
    const of = await create();
    of.setStatus({ admission: { restoreUID: 'r0', time: '2026-03-02T11:00:00Z', stored: false } });
    of.server.put(VELERO.restores, restoreObject({ uid: 'r0' }));
    expect(await of.verdict()).toBe('TokenUsed');
  });

  test('is judged in a dry run like any other, and nothing is written', async () => {
    const of = await create();
    of.dryRun = true;
    expect(await of.verdict()).toBe('allowed');
    of.restore.spec['hooks'] = {};
    expect(await of.verdict()).toBe('RestoreMismatch');
    expect(of.server.writes).toEqual([]);
    expect(admissionOf(of)).toBeUndefined();
  });

  test('that is said to be no dry run consumes the token', async () => {
    const of = await create();
    of.dryRun = false;
    expect(await of.verdict()).toBe('allowed');
    expect(admissionOf(of)?.restoreUID).toBe('r1');
  });

  test('is admitted after the proof has expired: that was judged at registration', async () => {
    const of = await create();
    of.now = new Date(NOW.getTime() + 3_600_000);
    of.claims.iat += 3600;
    of.claims.exp += 3600;
    expect(await of.verdict()).toBe('allowed');
  });

  test('is refused if it was registered after the proof had expired', async () => {
    const of = await create();
    const metadata = { ...of.recovery.metadata, creationTimestamp: '2026-03-02T12:30:00Z' };
    of.recovery = { ...of.recovery, metadata };
    expect(await of.verdict()).toBe('TokenExpired');
  });

  test('may go into a namespace that was made for this recovery', async () => {
    const of = await create(scenario => {
      scenario.allowNewNamespaces();
      scenario.recoverInto('shop-copy');
    });
    const { state, hash, groupId } = of.scenario;
    const reserved = namespaceView('shop-copy', { reservedBy: hash, mark: hash });
    state.putNamespace(reserved);
    state.claimFor(reserved, groupId);
    expect(await of.verdict()).toBe('allowed');
  });

  test('may not go into one that was made for another', async () => {
    const of = await create(scenario => {
      scenario.allowNewNamespaces();
      scenario.recoverInto('shop-copy');
    });
    const { state, groupId } = of.scenario;
    const reserved = namespaceView('shop-copy', { reservedBy: 'another', mark: 'another' });
    state.putNamespace(reserved);
    state.claimFor(reserved, groupId);
    expect(await of.verdict()).not.toBe('allowed');
    expect(of.server.writes).toEqual([]);
  });

  test('is neither admitted nor refused for good where the API server does not answer', async () => {
    const of = await create();
    of.server.failure = ({ url }) => (url.endsWith('/namespaces/shop') ? 500 : undefined);
    await expect(of.verdict()).rejects.toThrow('it failed');
    expect(of.server.writes).toEqual([]);
  });
});

test('the decision shows neither the token nor the name of the Recovery', async () => {
  for (const flaw of [
    () => undefined,
    (of: GateScenario) => {
      of.claims.sub = 'bob';
    },
    (of: GateScenario) => {
      of.restore.spec['hooks'] = {};
    },
  ]) {
    const of = await create();
    flaw(of);
    const request = await of.request();
    of.server.put(OWN.recoveries, of.recovery);
    const told = await of.review(request).then(JSON.stringify, String);
    expect(told).not.toContain(RECOVERY_NAME);
    for (const part of (await of.token()).split('.')) expect(told).not.toContain(part.slice(0, 30));
    await of.server.stop();
  }
  gate = undefined;
});
