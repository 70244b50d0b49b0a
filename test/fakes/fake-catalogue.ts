import type { ServerResponse } from 'node:http';
import type { AccessRequestSpec, AccessRequestStatus } from '../../api/kinds/access-request.ts';
import type { Condition } from '../../api/kinds/condition.ts';
import type { Destination } from '../../api/kinds/group-parts.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { Recovery, RecoveryStatus } from '../../api/kinds/recovery.ts';
import { FakeApiServer, failureStatus, type SeenRequest, sendJson } from './fake-api-server.ts';
import { FakeCluster, FakeHolder, NOW } from './fake-authority.ts';
import { grantClaims } from './sample-claims.ts';

/** A condition as it stands in a status. */
export const conditionOf = (type: string, status: Condition['status'], reason = 'Done', message = ''): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-03-02T12:00:00Z',
});

const REFUSED = failureStatus(403, 'Forbidden', {
  causes: [{ field: 'policy', reason: 'PolicyDenied', message: 'not today' }],
});

const isRecovery = (object: object): boolean => 'kind' in object && object.kind === 'Recovery';

/**
 * An API server with a catalogue that grants whatever it is asked for: AccessRequests are answered at once, and
 * Recoveries get the status that a test gives them.
 */
export class FakeCatalogue {
  readonly server: FakeApiServer;
  readonly cluster: FakeCluster;
  /** Specs of the AccessRequests, in turn. */
  readonly asked: AccessRequestSpec[] = [];
  /** Recoveries that were registered, in turn, those of a dry run too. */
  readonly registered: Recovery[] = [];
  /** What is answered beside cluster and grant. */
  answer: Partial<AccessRequestStatus> = {};
  /** Where the owners let the data of the group go. */
  destinations: readonly Destination[] | undefined;
  /** How every question is refused: code and message. */
  refusal: readonly [reason: string, message: string] | undefined;
  recoveryStatus: RecoveryStatus = { conditions: [conditionOf('Succeeded', 'True', 'Recovered', 'all is back')] };
  /** What a Recovery is at each look, in turn, before it is `recoveryStatus`. */
  recoveryStatuses: RecoveryStatus[] = [];
  /** Called when a Recovery arrives; the connection may be cut then, or the checks may fail. */
  onRegister: (() => 'cut' | 'refuse' | undefined) | undefined;
  /** Milliseconds since the epoch, for what is created. */
  clock: () => number = () => NOW.getTime();
  /** Whom the API server takes every login for. */
  username = 'alice';
  /** Whether it takes questions and never answers them. */
  isSilent = false;
  readonly #holder: FakeHolder;
  readonly #served = new Map<string, object>();
  readonly #objects = new Map<string, KubeObject>();

  private constructor(server: FakeApiServer, cluster: FakeCluster, holder: FakeHolder) {
    this.server = server;
    this.cluster = cluster;
    this.#holder = holder;
    server.handler = (request, response) => void this.#handle(request, response);
  }

  static async start(name = 'prod'): Promise<FakeCatalogue> {
    const cluster = await FakeCluster.create(name, { cloud: 'aws', region: 'eu-central-1' });
    return new FakeCatalogue(await FakeApiServer.start(), cluster, await FakeHolder.create());
  }

  get url(): string {
    return this.server.url;
  }

  /** Has the API server answer a GET of a path with that. */
  serve(path: string, body: object): void {
    this.#served.set(path, body);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  async #handle({ method, url, body }: SeenRequest, response: ServerResponse): Promise<void> {
    const [path = ''] = url.split('?');
    if (method === 'POST') {
      const object = JSON.parse(body) as KubeObject & { readonly spec: unknown };
      const accident = object.kind === 'Recovery' ? this.onRegister?.() : undefined;
      if (accident === 'cut') response.destroy();
      else if (accident === 'refuse') sendJson(response, 403, REFUSED);
      else sendJson(response, 201, await this.#create(path, object));
      return;
    }
    const found = this.#objects.get(path) ?? this.#served.get(path);
    if (found === undefined) sendJson(response, 404, failureStatus(404, 'NotFound'));
    else sendJson(response, 200, isRecovery(found) ? { ...found, status: this.#recoveryStatusNow() } : found);
  }

  async #create(path: string, object: KubeObject & { readonly spec: unknown }): Promise<object> {
    switch (object.kind) {
      case 'SelfSubjectReview':
        return { ...object, status: { userInfo: { username: this.username } } };
      case 'Recovery':
        this.registered.push(object as unknown as Recovery);
        return this.#put(path, object, {});
      default:
        return this.#put(path, object, await this.#answerTo(object.spec as AccessRequestSpec));
    }
  }

  #recoveryStatusNow(): RecoveryStatus {
    return this.recoveryStatuses.shift() ?? this.recoveryStatus;
  }

  /** Keeps an object, and returns it as it was created. */
  #put(path: string, object: KubeObject, status: object): KubeObject {
    const created = {
      ...object,
      metadata: { ...object.metadata, creationTimestamp: new Date(this.clock()).toISOString() },
    };
    this.#objects.set(`${path}/${created.metadata.name}`, { ...created, ...{ status } });
    return created;
  }

  async #answerTo(spec: AccessRequestSpec): Promise<AccessRequestStatus> {
    this.asked.push(spec);
    if (this.isSilent) return {};
    if (this.refusal !== undefined) return { conditions: [conditionOf('Answered', 'False', ...this.refusal)] };
    return {
      cluster: { ...this.cluster.cluster },
      ...(spec.wants.grant ? { grant: await this.#grantFor(spec.prepare) } : {}),
      ...this.answer,
      conditions: [conditionOf('Answered', 'True')],
    };
  }

  #grantFor(prepare: AccessRequestSpec['prepare']): Promise<string> {
    const claims = grantClaims(this.cluster, this.#holder);
    const destinations = this.destinations === undefined ? {} : { destinations: [...this.destinations] };
    if (prepare === undefined) return this.cluster.issueGrant({ ...claims, ...destinations });
    const { lifeSeconds, destination, ...bound } = prepare;
    const { clusterID, ...place } = destination;
    const named = clusterID === undefined ? place : { cluster: clusterID };
    const exp = claims.iat + lifeSeconds;
    return this.cluster.issueGrant({ ...claims, ...destinations, exp, prepared: { ...bound, destination: named } });
  }
}
