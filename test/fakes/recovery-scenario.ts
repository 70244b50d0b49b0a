import { digestOf } from '../../api/digest.ts';
import type { Owner } from '../../api/kinds/group-parts.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import {
  type AccessClaims,
  type Adoption,
  type AppGroupClaims,
  accessToken,
  adoptedStampToken,
  appGroupToken,
  type SourceClusterClaims,
  type StampClaims,
  sourceClusterToken,
  stampToken,
} from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { placeUrn } from '../../api/tokens/urns.ts';
import type { Registration } from '../../webhook/checks/check.ts';
import { failuresOf, type Validation, validate } from '../../webhook/checks/validate.ts';
import type { ValidatedPlan } from '../../webhook/checks/validated-plan.ts';
import type { BackupView } from '../../webhook/state/views.ts';
import { FakeCluster, FakeHolder, NOW, secondsFromNow } from './fake-authority.ts';
import { FakeClusterState, namespaceView, peerView, policyView } from './fake-cluster-state.ts';
import { accessClaims, BECAUSE, grantClaims, LOST_SINCE, START_TIME, stampClaims } from './sample-claims.ts';

const DAY_SECONDS = 86_400;

/**
 * Where a recovery comes from: a group that lives in the cluster it runs in, or in a peer; one that is gone from
 * either; one of a peer that is declared lost.
 */
export type Origin = 'home' | 'peer' | 'gone' | 'gone from peer' | 'lost';

/** What a source cluster token says beside the ownership data. */
export type SourcePart = Pick<SourceClusterClaims, 'stamp' | 'absent' | 'lost'>;

/** The stamp that ownership data rests on in the scenario. */
const STAMP = { stamp: { jti: 'stamp-1', startTime: START_TIME } } as const;

/**
 * All that a recovery of the group `shop/shop` by alice takes, as drafts that a test may change before the tokens are
 * signed; unchanged it is allowed.
 */
export class RecoveryScenario {
  /** The cluster the group and the backup are of. */
  readonly source: FakeCluster;
  /** The destination; the source itself if the recovery stays at home. */
  readonly here: FakeCluster;
  readonly holder: FakeHolder;
  readonly state: FakeClusterState;

  requester: Requester = { username: 'alice', groups: ['system:authenticated', 'team-shop'] };
  restore: RestoreChoice = { volumes: 'Restore', existingResources: 'Keep' };
  reason: string | undefined;
  hash = 'fedcba98765432100123';
  registeredAt = NOW;
  now = NOW;

  grant: AppGroupClaims;
  /** Absent: a living group vouches, and the grant is an app-group token. Else it is a source cluster token. */
  sourcePart: SourcePart | undefined;
  /** What stands in the access token instead of the signed grant. */
  grantText: string | undefined;
  access: Omit<AccessClaims, 'grant' | 'restoreDigest'>;
  stamp: StampClaims;
  backup: BackupView;
  /** Other backups of the same name, in other Velero namespaces. */
  otherBackups: BackupView[] = [];

  /** The keys that sign; another one is a forgery. */
  grantSigner: SigningKey;
  accessSigner: SigningKey;
  /** Nobody: the backup carries no stamp. */
  stampSigner: SigningKey | undefined;
  /** What stands on the backup instead of a stamp. */
  stampText: string | undefined;
  /** The stamp was made here and later, and not by the source. */
  adoption: Adoption | undefined;
  /** What the access token is signed over, if it is not what is asked for. */
  signedRestore: unknown;

  private constructor(source: FakeCluster, here: FakeCluster, holder: FakeHolder) {
    this.source = source;
    this.here = here;
    this.holder = holder;
    this.state = new FakeClusterState(here);
    this.grant = grantClaims(source, holder);
    this.stamp = stampClaims(source);
    const { grant, restoreDigest, ...access } = accessClaims(source, here, holder, '');
    this.access = access;
    this.grantSigner = source.grantKey;
    this.accessSigner = holder.key;
    this.stampSigner = source.stampKey;
    this.backup = {
      namespace: 'velero',
      name: 'nightly-1',
      uid: 'b1',
      location: 'default',
      selection: { includedNamespaces: ['*'] },
      status: { phase: 'Completed', startTimestamp: START_TIME, expiration: '2026-04-01T03:00:00Z' },
      deleting: false,
    };
  }

  static async create(origin: Origin = 'home'): Promise<RecoveryScenario> {
    const source = await FakeCluster.create('prod', { cloud: 'aws', region: 'eu-central-1' });
    const isAtHome = origin === 'home' || origin === 'gone';
    const here = isAtHome ? source : await FakeCluster.create('dr', { cloud: 'aws', region: 'eu-west-1' });
    const scenario = new RecoveryScenario(source, here, await FakeHolder.create());
    if (isAtHome) scenario.liveAtHome();
    else scenario.#trustTheSource();
    if (origin === 'gone') scenario.state.groups = [];
    if (origin === 'gone' || origin === 'gone from peer') scenario.sourcePart = { ...STAMP, ...BECAUSE.absent };
    if (origin === 'lost') scenario.loseTheSource();
    return scenario;
  }

  /** The operator here declares the source lost, and this cluster vouches for the group by its newest stamp. */
  loseTheSource(): void {
    this.state.peers = this.state.peers.map(peer => ({ ...peer, lostSince: LOST_SINCE }));
    this.sourcePart = { ...STAMP, ...BECAUSE.lost };
    this.grant.iss = this.here.urn;
    this.grantSigner = this.here.grantKey;
  }

  /** The token names the destination by cloud and region, as when the cluster does not answer. */
  nameThePlace(): void {
    const { cloud = '', region = '' } = this.here.cluster;
    this.access.destination = { cloud, region, clusterUnavailable: 'it does not answer' };
    this.access.aud = placeUrn(cloud, region);
  }

  /** The grant was given a day before, for this very access token. */
  prepare(lifeSeconds = 2 * DAY_SECONDS): void {
    const { jti, point, destination } = this.access;
    const { clusterUnavailable: _, ...named } = destination;
    this.grant.iat = secondsFromNow(-DAY_SECONDS);
    this.grant.exp = this.grant.iat + lifeSeconds;
    this.access.exp = this.grant.exp;
    this.grant.prepared = {
      accessTokenID: jti,
      point: { ...point },
      destination: named,
      restoreDigest: digestOf(this.restore),
    };
  }

  get groupId(): string {
    return this.grant.group.id;
  }

  /** The group as it lives at home, its namespaces there and claimed. */
  liveAtHome(): void {
    this.state.groups.push({
      id: this.groupId,
      uid: 'g1',
      namespace: 'shop',
      name: 'shop',
      requested: ['shop', 'shop-db'],
      claimed: this.grant.namespaces.map(([name, uid]) => ({ name, uid })),
      owners: [{ kind: 'User', name: 'alice' }],
      deleting: false,
      ready: true,
      message: '',
      points: 1,
    });
    for (const name of ['shop', 'shop-db']) {
      const namespace = namespaceView(name);
      this.state.putNamespace(namespace);
      this.state.claimFor(namespace, this.groupId);
    }
  }

  /** The destination trusts the source and its user alice; the group lets its data come here. */
  #trustTheSource(): void {
    this.state.peers.push(peerView(this.source, { trustedUsers: ['alice'] }));
    this.grant.destinations = [{ clusterID: this.here.id }];
  }

  /** Says who owns the group, in the grant and in the living group. */
  setOwners(...owners: Owner[]): void {
    this.grant.owners = owners;
    this.state.groups = this.state.groups.map(group => ({ ...group, owners }));
  }

  /** The login that asked in the source and registers here. */
  logIn(username: string, groups: string[] = []): void {
    this.requester = { username, groups };
    this.grant.sub = username;
    this.access.sub = username;
  }

  /** Recovers the namespace `shop` into another one, and no other rule stands against any name. */
  recoverInto(name: string): void {
    this.restore = { ...this.restore, namespaceMapping: { shop: name } };
  }

  /** Lets every absent namespace be made. */
  allowNewNamespaces(): void {
    this.state.policyViews = [policyView({ newNamespaces: { sameName: true, groupPrefix: true, names: ['*'] } })];
  }

  /** Puts the tokens together as the plugin and the source would, and the backup into the destination. */
  async register(): Promise<Registration> {
    const signed = this.stampSigner && (await signToken(stampToken, this.stamp, this.stampSigner));
    const stamp = this.stampText ?? signed;
    const backup = { ...this.backup, ...(stamp === undefined ? {} : await this.#stampPart(stamp)) };
    this.state.backupViews = [backup, ...this.otherBackups];
    const grant = this.grantText ?? (await this.#signGrant());
    const restoreDigest = digestOf(this.signedRestore ?? this.restore);
    const access = { ...this.access, grant, restoreDigest };
    return {
      requester: this.requester,
      accessToken: await signToken(accessToken, access, this.accessSigner),
      restore: this.restore,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      hash: this.hash,
      registeredAt: this.registeredAt,
      now: this.now,
    };
  }

  async #stampPart(stamp: string): Promise<Pick<BackupView, 'stamp' | 'adoptedStamp'>> {
    if (this.adoption === undefined) return { stamp };
    const claims = { ...this.stamp, iss: this.here.urn, adoption: this.adoption };
    return { adoptedStamp: await signToken(adoptedStampToken, claims, this.here.stampKey) };
  }

  #signGrant(): Promise<string> {
    return this.sourcePart === undefined
      ? signToken(appGroupToken, this.grant, this.grantSigner)
      : signToken(sourceClusterToken, { ...this.grant, ...this.sourcePart }, this.grantSigner);
  }

  async validate(): Promise<Validation> {
    return validate(await this.register(), this.state);
  }

  /** The plan of a registration that is allowed. */
  async plan(): Promise<ValidatedPlan> {
    const validation = await this.validate();
    if (validation.outcome === 'allowed') return validation.plan;
    throw new Error(`not allowed: ${JSON.stringify(failuresOf(validation.results))}`);
  }

  /** `allowed`, or the failed checks with their codes, each as `check: Code`. */
  async verdict(): Promise<'allowed' | readonly string[]> {
    const validation = await this.validate();
    if (validation.outcome === 'allowed') return 'allowed';
    return failuresOf(validation.results).map(({ check, code }) => `${check}: ${code}`);
  }
}
