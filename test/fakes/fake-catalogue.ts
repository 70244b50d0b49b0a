import type { ServerResponse } from 'node:http';
import type { AccessRequestSpec, AccessRequestStatus } from '../../api/kinds/access-request.ts';
import type { Condition } from '../../api/kinds/condition.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import type { Recovery, RecoveryStatus } from '../../api/kinds/recovery.ts';
import { FakeApiServer, failureStatus, type SeenRequest, sendJson } from './fake-api-server.ts';
import { FakeCluster, FakeHolder } from './fake-authority.ts';
import { grantClaims } from './sample-claims.ts';

/** A condition as it stands in a status. */
export const conditionOf = (type: string, status: Condition['status'], reason = 'Done', message = ''): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-03-02T12:00:00Z',
});

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
  /** How every question is refused: code and message. */
  refusal: readonly [reason: string, message: string] | undefined;
  recoveryStatus: RecoveryStatus = { conditions: [conditionOf('Succeeded', 'True', 'Recovered', 'all is back')] };
  readonly #grant: string;
  readonly #objects = new Map<string, KubeObject>();

  private constructor(server: FakeApiServer, cluster: FakeCluster, grant: string) {
    this.server = server;
    this.cluster = cluster;
    this.#grant = grant;
    server.handler = (request, response) => this.#handle(request, response);
  }

  static async start(name = 'prod'): Promise<FakeCatalogue> {
    const cluster = await FakeCluster.create(name, { cloud: 'aws', region: 'eu-central-1' });
    const grant = await cluster.issueGrant(grantClaims(cluster, await FakeHolder.create()));
    return new FakeCatalogue(await FakeApiServer.start(), cluster, grant);
  }

  get url(): string {
    return this.server.url;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  #handle({ method, url, body }: SeenRequest, response: ServerResponse): void {
    const [path = ''] = url.split('?');
    if (method === 'POST') {
      const object = JSON.parse(body) as KubeObject & { readonly spec: unknown };
      const status =
        object.kind === 'Recovery' ? this.recoveryStatus : this.#answerTo(object.spec as AccessRequestSpec);
      if (object.kind === 'Recovery') this.registered.push(object as unknown as Recovery);
      this.#objects.set(`${path}/${object.metadata.name}`, { ...object, ...{ status } });
      sendJson(response, 201, object);
      return;
    }
    const found = this.#objects.get(path);
    if (found === undefined) sendJson(response, 404, failureStatus(404, 'NotFound'));
    else sendJson(response, 200, found);
  }

  #answerTo(spec: AccessRequestSpec): AccessRequestStatus {
    this.asked.push(spec);
    if (this.refusal !== undefined) return { conditions: [conditionOf('Answered', 'False', ...this.refusal)] };
    return {
      cluster: { ...this.cluster.cluster },
      ...(spec.wants.grant ? { grant: this.#grant } : {}),
      ...this.answer,
      conditions: [conditionOf('Answered', 'True')],
    };
  }
}
