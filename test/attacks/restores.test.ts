import { createHmac } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stored } from '../../api/kinds/object-meta.ts';
import type { Recovery } from '../../api/kinds/recovery.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import type { KubeClient, WriteOptions } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { ANNOTATIONS, CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT } from '../../api/names.ts';
import { recoveryToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signingKeyOf } from '../../api/tokens/sign-token.ts';
import { gateUrn } from '../../api/tokens/urns.ts';
import { KNOWN_VELERO } from '../../api/velero/known-velero.ts';
import { restoreSpec } from '../../api/velero/restore-spec.ts';
import { type Restore, VELERO } from '../../api/velero/velero-types.ts';
import type { Definition } from '../../plugin/checkup/velero-version.ts';
import { Discovery } from '../../webhook/cluster/discovery.ts';
import {
  clientOf,
  ephemeralKey,
  getGrant,
  recoveryFor,
  WHOLE_GROUP,
  waitForCondition,
} from '../environment/api-user.ts';
import { boundRestore, holdBackRestores, letRestoresPass } from '../environment/held-back.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { backUp, registerGroup } from '../environment/team-work.ts';
import { verdictOf } from '../environment/verdict.ts';
import { encodePart, forgeToken, partsOf, readPart } from '../fakes/forge-token.ts';
import { type Attackers, createAttackers } from './attackers.ts';
import { testRules } from './rules.ts';
import { type FieldSchema, sampleValue } from './sample-value.ts';
import { type AdmissionPart, type PutBack, takeAway } from './take-away.ts';

/** Wall 1 and the webhook: a Restore is created by the catalogue only, and only the one that a fresh token binds. */

const POLICY = 'kubectl-recover-restores';
const GATE = 'gate.kubectl-recover.io';
const BARE = 'bare.kubectl-recover.io';

let environment: RecoveryEnvironment;
let attackers: Attackers;
let catalogue: KubeClient;
let discovery: Discovery;
/** Token of a recovery that has ended. */
let usedToken: string;

const insiders = ['editor', 'operator', 'pipeline', 'velero'] as const;
type Insider = (typeof insiders)[number];

const bareRestore = (name: string, annotations: Readonly<Record<string, string>> = {}): Restore => ({
  apiVersion: 'velero.io/v1',
  kind: 'Restore',
  metadata: { name, namespace: 'velero', annotations },
  spec: restoreSpec({ choice: WHOLE_GROUP, backupName: 'whole', sourceNamespaces: ['shop'], neverRestored: [] }),
});

const withToken = (name: string): Restore => bareRestore(name, { [ANNOTATIONS.recoveryToken]: usedToken });

/** `generateName` asks for a name of the API server's own making. */
const named = (restore: Restore, metadata: { readonly name: string; readonly generateName?: string }): Restore => ({
  ...restore,
  metadata: { ...restore.metadata, ...metadata },
});

type Way = (client: KubeClient, restore: Restore, options: WriteOptions) => Promise<unknown>;

/** Every way by which an object comes to be in the API server. */
const WAYS: Readonly<Record<string, Way>> = {
  POST: (client, restore, options) => client.create(VELERO.restores, restore, options),
  'POST with generateName': (client, restore, options) =>
    client.create(VELERO.restores, named(restore, { name: '', generateName: 'by-hand-' }), options),
  'POST with a status': (client, restore, options) =>
    client.create(VELERO.restores, { ...restore, status: { phase: 'InProgress' } }, options),
  'server-side apply': (client, restore, options) =>
    client.apply(VELERO.restores, restore, { ...options, fieldManager: 'attacker' }),
};

const attempts = insiders.flatMap(who => Object.keys(WAYS).map(way => [who, way] as const));

const attempt = (who: Insider, way: string, restore: Restore, options: WriteOptions = {}): Promise<string> => {
  const act = WAYS[way];
  if (act === undefined) throw new Error(`no such way: ${way}`);
  return verdictOf(act(attackers[who], restore, options));
};

const stored = async (): Promise<readonly string[]> =>
  (await catalogue.list(VELERO.restores)).items.map(({ metadata }) => metadata.name);

const register = async (): Promise<Stored<Recovery>> => {
  const held = await getGrant(attackers.alice, 'shop/shop');
  const destination = environment.clusters.prod.clusterId;
  return attackers.alice.create(OWN.recoveries, await recoveryFor({ held, backup: 'whole', destination }));
};

const probe = (): Promise<string> => attempt('editor', 'POST', bareRestore('probe'), { dryRun: true });
const thePolicy = (): AdmissionPart => ({
  cluster: environment.clusters.prod,
  kind: 'ValidatingAdmissionPolicyBinding',
  name: POLICY,
  probe,
});
const theWebhook = (probed: () => Promise<string>): AdmissionPart => ({
  cluster: environment.clusters.prod,
  kind: 'ValidatingWebhookConfiguration',
  name: 'kubectl-recover',
  probe: probed,
});
/** Seen even while the policy stands: the catalogue, which the policy lets pass, without a token. */
const bareByCatalogue = (): Promise<string> =>
  verdictOf(catalogue.create(VELERO.restores, bareRestore('probe'), { dryRun: true }));

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter });
  const { prod } = environment.clusters;
  await deployPlain(prod, 'alice', 'shop');
  await registerGroup(await environment.user('alice'), 'prod', 'shop', ['shop']);
  await backUp(prod, 'whole');
  attackers = await createAttackers(environment);
  catalogue = clientOf(await prod.serviceAccountKubeconfig(CATALOGUE_NAMESPACE, CATALOGUE_SERVICE_ACCOUNT));
  discovery = new Discovery(catalogue, pino({ level: 'silent' }), Date.now);
  await discovery.start();
  const ended = await waitForCondition(attackers.alice, await register(), 'succeeded');
  usedToken = ended.status?.recoveryToken ?? '';
  expect(usedToken).not.toBe('');
});

afterAll(async () => {
  discovery?.stop();
  await Promise.all([attackers?.close(), catalogue?.close()]);
  await environment?.stop();
});

testRules({
  policy: POLICY,
  cluster: () => environment.clusters.prod,
  attacks: insiders.map(who => ({
    what: `${who} makes a Restore`,
    act: options => attackers[who].create(VELERO.restores, bareRestore('by-hand'), options),
  })),
});

describe('wall 1 and the webhook together', () => {
  test.each(attempts)('T01, T73 | wall 1 | TokenMissing | %s makes a Restore by %s', async (who, way) => {
    const before = await stored();
    expect(await attempt(who, way, bareRestore('by-hand'))).toBe(`${POLICY}: TokenMissing`);
    expect(await attempt(who, way, withToken('by-hand'))).toBe(`${POLICY}: TokenMissing`);
    expect(await attempt(who, way, bareRestore('by-hand'), { dryRun: true })).toBe(`${POLICY}: TokenMissing`);
    expect(await stored()).toEqual(before);
  });

  test('T01 | PUT makes no object, whoever sends it', async () => {
    const before = await stored();
    const restore = bareRestore('by-hand');
    for (const who of insiders) {
      const verdict = await verdictOf(attackers[who].replace(VELERO.restores, restore));
      expect(verdict).toMatch(new RegExp(`^(NotFound|schema|${POLICY}: TokenMissing)$`));
    }
    expect(await stored()).toEqual(before);
  });

  test('T01 | RBAC | an owner, by every way', async () => {
    const before = await stored();
    for (const act of Object.values(WAYS)) {
      expect(await verdictOf(act(attackers.alice, bareRestore('by-hand'), {}))).toBe('RBAC');
      expect(await verdictOf(act(attackers.alice, withToken('by-hand'), {}))).toBe('RBAC');
    }
    expect(await stored()).toEqual(before);
  });

  test('T29 | wall 1 and webhook | TokenMissing | the accounts of Velero and of the catalogue do not break the glass', async () => {
    const before = await stored();
    const restore = bareRestore('by-hand', { [ANNOTATIONS.bypassReason]: 'INC-42: so they say' });
    expect(await attempt('velero', 'POST', restore)).toBe(`${POLICY}: TokenMissing`);
    expect(await verdictOf(catalogue.create(VELERO.restores, restore))).toBe(`${BARE}: TokenMissing`);
    expect(await stored()).toEqual(before);
  });
});

describe('without the policy', () => {
  let putBack: PutBack;

  beforeAll(async () => {
    putBack = await takeAway(thePolicy());
  });

  afterAll(async () => {
    await putBack?.();
  });

  test.each(attempts)('T01 | webhook | TokenMissing, CatalogueOnly | %s makes a Restore by %s', async (who, way) => {
    const before = await stored();
    expect(await attempt(who, way, bareRestore('by-hand'))).toBe(`${BARE}: TokenMissing`);
    expect(await attempt(who, way, withToken('by-hand'))).toBe(`${GATE}: CatalogueOnly`);
    expect(await stored()).toEqual(before);
  });
});

describe('without the webhook', () => {
  let putBack: PutBack;

  beforeAll(async () => {
    putBack = await takeAway(theWebhook(bareByCatalogue));
  });

  afterAll(async () => {
    await putBack?.();
  });

  test.each(attempts)('T01 | wall 1 | TokenMissing | %s makes a Restore by %s', async (who, way) => {
    const before = await stored();
    expect(await attempt(who, way, bareRestore('by-hand'))).toBe(`${POLICY}: TokenMissing`);
    expect(await attempt(who, way, withToken('by-hand'))).toBe(`${POLICY}: TokenMissing`);
    expect(await stored()).toEqual(before);
  });
});

describe('without both', () => {
  const putBack: PutBack[] = [];

  beforeAll(async () => {
    putBack.push(await takeAway(theWebhook(bareByCatalogue)), await takeAway(thePolicy()));
  });

  afterAll(async () => {
    for (const back of putBack.reverse()) await back();
  });

  test.each(attempts)('T01 would succeed: %s makes a Restore by %s', async (who, way) => {
    expect(await attempt(who, way, bareRestore('by-hand'), { dryRun: true })).toBe('stored');
    expect(await attempt(who, way, withToken('by-hand'), { dryRun: true })).toBe('stored');
  });
});

describe('with the login of the catalogue and a token that nobody has used', () => {
  let recovery: Stored<Recovery>;
  let restore: Restore;
  let token: string;
  let admissionKey: SigningKey;
  let stampKey: SigningKey;

  const keyOf = async (name: string): Promise<SigningKey> => {
    const operator = clientOf(environment.operator.kubeconfigs.prod);
    const { data } = await operator.get(CORE.secrets, { namespace: CATALOGUE_NAMESPACE, name });
    await operator.close();
    return signingKeyOf(JSON.parse(Buffer.from(data?.['private.jwk'] ?? '', 'base64').toString('utf8')));
  };

  const create = (changed: Restore, options: WriteOptions = {}): Promise<string> =>
    verdictOf(catalogue.create(VELERO.restores, changed, options));

  const carrying = (forged: string): Restore => ({
    ...restore,
    metadata: { ...restore.metadata, annotations: { [ANNOTATIONS.recoveryToken]: forged } },
  });

  const expectRefused = async (changed: Restore, code: string): Promise<void> => {
    const before = await stored();
    expect(await create(changed, { dryRun: true })).toBe(`${GATE}: ${code}`);
    expect(await create(changed)).toBe(`${GATE}: ${code}`);
    expect(await stored()).toEqual(before);
    const { status } = await attackers.alice.get(OWN.recoveries, recovery.metadata);
    expect(status?.admission).toBeUndefined();
  };

  beforeAll(async () => {
    await holdBackRestores(environment.clusters.prod, catalogue);
    recovery = await waitForCondition(attackers.alice, await register(), 'tokenIssued');
    restore = boundRestore(recovery, discovery.resources());
    token = recovery.status?.recoveryToken ?? '';
    [admissionKey, stampKey] = await Promise.all([keyOf('admission-key'), keyOf('stamp-key')]);
  });

  test('the Restore that the others change is admitted', async () => {
    expect(await create(restore, { dryRun: true })).toBe('stored');
  });

  test('T10 | gate | RestoreMismatch | each field that the installed CRD knows, set in turn', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/restores.velero.io';
    const { spec } = await attackers.editor.read<{
      readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: FieldSchema } }[] };
    }>(path);
    const fields = Object.entries(spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec']?.properties ?? {});
    expect(fields.length).toBeGreaterThan(15);
    const before = await stored();
    const bare = bareRestore('by-hand');
    const byHand = { ...bare, metadata: { ...bare.metadata, labels: restore.metadata.labels ?? {} } };
    const verdicts: Record<string, readonly string[]> = {};
    for (const [name, schema] of fields) {
      const present = new Map<string, unknown>(Object.entries(restore.spec)).get(name);
      const value = typeof present === 'boolean' ? !present : sampleValue(schema);
      const change = (of: Restore): Restore => ({ ...of, spec: { ...of.spec, [name]: value } });
      verdicts[name] = [await create(change(restore)), await attempt('editor', 'POST', change(byHand))];
    }
    const refused = [`${GATE}: RestoreMismatch`, `${POLICY}: TokenMissing`];
    expect(verdicts).toEqual(Object.fromEntries(fields.map(([name]) => [name, refused])));
    expect(await stored()).toEqual(before);
    expect(await create(restore, { dryRun: true })).toBe('stored');
  });

  test('T86 | what the installed Velero knows of Restores and Backups is what was judged', async () => {
    for (const [name, { fields, phases }] of Object.entries(KNOWN_VELERO)) {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
      const { spec } = await attackers.editor.read<Definition>(path);
      const properties = spec.versions[0]?.schema?.openAPIV3Schema?.properties;
      expect(Object.keys(properties?.['spec']?.properties ?? {}).sort()).toEqual([...fields].sort());
      expect([...(properties?.['status']?.properties?.['phase']?.enum ?? [])].sort()).toEqual([...phases].sort());
    }
  });

  test('T73 | gate | RestoreMismatch | generateName', async () => {
    await expectRefused(named(restore, { name: '', generateName: restore.metadata.name }), 'RestoreMismatch');
  });

  test('T01 | gate | RestoreMismatch | a status that says it has run', async () => {
    await expectRefused({ ...restore, status: { phase: 'Completed' } }, 'RestoreMismatch');
  });

  test('T72 | gate | RestoreMismatch | without our finalizer', async () => {
    const { finalizers: _, ...metadata } = restore.metadata;
    await expectRefused({ ...restore, metadata }, 'RestoreMismatch');
  });

  describe('RFC 8725: forged', () => {
    const header = (): Record<string, unknown> => readPart(partsOf(token)[0]);
    const payload = (): Record<string, unknown> => readPart(partsOf(token)[1]);
    const forge = (
      heads: Readonly<Record<string, unknown>>,
      claims: Readonly<Record<string, unknown>>,
      key: SigningKey = admissionKey,
    ): Promise<string> => forgeToken({ header: { ...header(), ...heads }, payload: { ...payload(), ...claims }, key });
    const unsecured = (): string => `${encodePart({ ...header(), alg: 'none' })}.${partsOf(token)[1]}.`;
    const withPublicKeyAsSecret = (): string => {
      const signed = `${encodePart({ ...header(), alg: 'HS256' })}.${partsOf(token)[1]}`;
      const secret = JSON.stringify(admissionKey.publicJwk);
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    };
    const inThePast = Math.floor(Date.now() / 1000) - 3600;

    const forgeries: readonly (readonly [string, string, () => Promise<string> | string])[] = [
      ['signed as it should be', 'stored', () => forge({}, {})],
      ['algorithm none', 'TokenMalformed', unsecured],
      ['algorithm none, with the old signature', 'TokenMalformed', () => unsecured() + partsOf(token)[2]],
      ['HS256 with the public key as secret', 'TokenMalformed', withPublicKeyAsSecret],
      ['another type', 'TokenMalformed', () => forge({ typ: 'recovery-access+jwt' }, {})],
      ['no type', 'TokenMalformed', () => forge({ typ: undefined }, {})],
      ['its own key in the header', 'TokenMalformed', () => forge({ jwk: admissionKey.publicJwk }, {})],
      ['a critical header that nobody knows', 'TokenMalformed', () => forge({ crit: ['exp'] }, {})],
      ['a claim that nobody knows', 'TokenMalformed', () => forge({}, { scope: '*' })],
      ['a JWT in a JWT', 'TokenMalformed', () => forgeToken({ header: header(), payload: token, key: admissionKey })],
      ['cut off', 'TokenMalformed', () => token.slice(0, token.lastIndexOf('.'))],
      ['cut short', 'TokenMalformed', () => token.slice(0, token.length / 2)],
      ['over its size', 'TokenMalformed', () => token + 'A'.repeat(recoveryToken.maxLength)],
      ['empty', 'TokenMalformed', () => ''],
      ['the access token of its recovery', 'TokenMalformed', () => recovery.spec.accessToken],
      [
        'the signature of another token',
        'TokenUntrusted',
        () => `${partsOf(token)[0]}.${partsOf(token)[1]}.${partsOf(usedToken)[2]}`,
      ],
      [
        'another key under its own name',
        'TokenUntrusted',
        async () => {
          const key = await ephemeralKey();
          return forge({ kid: key.kid }, {}, key);
        },
      ],
      ['another key under the name of ours', 'TokenUntrusted', async () => forge({}, {}, await ephemeralKey())],
      ['the stamp key of this cluster', 'TokenUntrusted', () => forge({ kid: stampKey.kid }, {}, stampKey)],
      ['another audience', 'TokenUntrusted', () => forge({}, { aud: gateUrn(environment.clusters.dr.clusterId) })],
      ['no audience', 'TokenMalformed', () => forge({}, { aud: undefined })],
      ['a list of audiences', 'TokenMalformed', () => forge({}, { aud: [payload()['aud']] })],
      [
        'another issuer',
        'TokenUntrusted',
        () => forge({}, { iss: `urn:kubectl-recover:cluster:${environment.clusters.dr.clusterId}` }),
      ],
      ['expired', 'TokenExpired', () => forge({}, { iat: inThePast, exp: inThePast + 600 })],
      ['of a time to come', 'TokenMalformed', () => forge({}, { iat: inThePast + 7200 })],
      ['for another recovery', 'RestoreMismatch', () => forge({}, { jti: '00000000-0000-4000-8000-000000000000' })],
      ['for another requester', 'RestoreMismatch', () => forge({}, { sub: 'bob' })],
      [
        'for further targets',
        'ValidationChanged',
        () =>
          forge(
            {},
            { targets: [...(payload()['targets'] as unknown[]), ['mail', '00000000-0000-4000-8000-000000000000']] },
          ),
      ],
      [
        'for another validation',
        'ValidationChanged',
        () => forge({}, { validationDigest: `sha256:${'0'.repeat(64)}` }),
      ],
      [
        'for another backup',
        'ValidationChanged',
        () => forge({}, { point: { ...(payload()['point'] as object), uid: 'b2' } }),
      ],
    ];

    test.each(
      forgeries.map(([what, code, make]) => [code, what, make] as const),
    )('RFC 8725 | gate | %s | %s', async (code, _what, make) => {
      const forged = carrying(await make());
      if (code === 'stored') expect(await create(forged, { dryRun: true })).toBe('stored');
      else await expectRefused(forged, code);
    });
  });

  test('after all that the recovery goes on, and its token is used once', async () => {
    const before = await stored();
    await letRestoresPass(environment.clusters.prod);
    await waitForCondition(attackers.alice, recovery, 'succeeded');
    expect(await stored()).toHaveLength(before.length + 1);
    expect(await create(restore)).toMatch(/TokenUsed$/);
  });
});
