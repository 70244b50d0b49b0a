import type { ServerResponse } from 'node:http';
import { type ClusterIdentity, PLACE_KNOWN } from '../../api/kinds/cluster-identity.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, SELF_IDENTITY } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { ADMISSION, type WebhookConfiguration } from '../../plugin/checkup/admission-objects.ts';
import { issueAuthority } from '../../webhook/tls/issue-certificate.ts';
import { type Handler, type SeenRequest, sendJson } from './fake-api-server.ts';
import { NOW, uidOf } from './fake-authority.ts';
import { FakeObjectServer } from './fake-object-server.ts';

const deployments = resourceType<KubeObject>('apps/v1', 'Deployment', 'deployments', true);

const ADMISSION_TYPES = [ADMISSION.policies, ADMISSION.bindings, ADMISSION.mutating, ADMISSION.validating] as const;

export const SELF_ID = uidOf('cluster prod');

/** Velero as it installs itself. */
export const VELERO_INSTALLATION = { namespace: 'velero', serviceAccount: 'velero' } as const;

const VERBS: Readonly<Record<string, string>> = { GET: 'list', POST: 'create', PUT: 'update', PATCH: 'patch' };

/** base64 of PEM, as it stands in a webhook configuration. */
export const caBundleOf = async (now: Date, days: number): Promise<string> =>
  Buffer.from((await issueAuthority({ now, days })).certificate).toString('base64');

/** What a request is about, as the authorizer sees it. */
interface Target {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const targetOf = ({ method, url }: SeenRequest): Target => {
  const [path = ''] = url.split('?');
  const [, group = '', namespace, resource = '', name] =
    /^\/api(?:s\/([^/]+))?\/v[^/]+\/(?:namespaces\/([^/]+)\/(?=.))?([^/]+)(?:\/([^/]+))?/.exec(path) ?? [];
  const verb = method === 'GET' && name !== undefined ? 'get' : (VERBS[method] ?? '');
  return { verb, group, resource, namespace, name };
};

/** As the API server words it. */
const forbidden = ({ verb, group, resource, namespace, name }: Target) => {
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return {
    ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 },
    message: `${qualified}${name === undefined ? '' : ` "${name}"`} is forbidden: User "alice" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
  };
};

/** An API server in which Velero is and the catalogue was installed just now: everything is as it should be. */
export class FakeInstall {
  readonly server: FakeObjectServer;
  /** Rights that the caller lacks, as `VERB PLURAL.GROUP`; `*` stands for all of RBAC's. */
  readonly lacking = new Set<string>();
  /** What the catalogue does with an AccessRequest. */
  catalogue: 'answers' | 'dead' | 'not asked' = 'answers';
  version = { major: '1', minor: '35', gitVersion: 'v1.35.0' };
  readonly #objects: Handler;

  private constructor(server: FakeObjectServer) {
    this.server = server;
    this.#objects = server.api.handler;
    server.api.handler = (request, response) => this.#handle(request, response);
  }

  static async start(mode: 'Audit' | 'Enforce' = 'Audit'): Promise<FakeInstall> {
    const install = new FakeInstall(await FakeObjectServer.start());
    const caBundle = await caBundleOf(NOW, 730);
    for (const object of renderManifests({ mode, velero: [VELERO_INSTALLATION] })) {
      const type = ADMISSION_TYPES.find(({ kind }) => kind === object.kind);
      if (type !== undefined) install.server.put(type, withBundle(object, caBundle));
    }
    install.putIdentity(SELF_IDENTITY, {
      spec: { velero: [VELERO_INSTALLATION] },
      status: {
        ...{ clusterID: SELF_ID, version: packageJson.version, mode },
        ...{ cloud: 'aws', region: 'eu-west-1', placeFrom: 'Nodes' },
        conditions: [
          {
            ...{ type: PLACE_KNOWN, status: 'True', reason: 'Nodes', message: 'aws/eu-west-1' },
            lastTransitionTime: NOW.toISOString(),
          },
        ],
      },
    });
    install.server.put(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'velero', name: 'velero' },
      ...{
        spec: {
          template: { spec: { serviceAccountName: 'velero', containers: [{ image: 'velero/velero:v1.18.3' }] } },
        },
      },
    });
    install.server.put(VELERO.backupStorageLocations, {
      apiVersion: 'velero.io/v1',
      kind: 'BackupStorageLocation',
      metadata: { namespace: 'velero', name: 'default' },
      status: { phase: 'Available' },
    });
    return install;
  }

  get url(): string {
    return this.server.api.url;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  putIdentity(name: string, part: Pick<ClusterIdentity, 'spec' | 'status'>): void {
    const identity = { apiVersion: GROUP_VERSION, kind: 'ClusterIdentity', metadata: { name }, ...part } as const;
    this.server.put(OWN.clusterIdentities, identity);
  }

  #lacks(verb: string, resource: string): boolean {
    return this.lacking.has('*') || this.lacking.has(`${verb} ${resource}`);
  }

  #handle(request: SeenRequest, response: ServerResponse): void {
    const [path = ''] = request.url.split('?');
    const target = targetOf(request);
    const { verb, group, resource } = target;
    if (path === '/version') sendJson(response, 200, this.version);
    else if (path === '/apis') sendJson(response, 200, { groups: [{ name: 'velero.io' }, { name: 'apps' }] });
    else if (resource === 'selfsubjectreviews') {
      const userInfo = { username: 'alice', groups: ['system:authenticated'] };
      sendJson(response, 201, { status: { userInfo } });
    } else if (resource === 'selfsubjectaccessreviews') this.#review(request, response);
    // Everybody may ask.
    else if (resource === 'accessrequests') this.#ask(request, response);
    else if (this.#lacks(verb, `${resource}.${group}`)) sendJson(response, 403, forbidden(target));
    else this.#objects(request, response);
  }

  #review({ body }: SeenRequest, response: ServerResponse): void {
    const { spec } = JSON.parse(body) as {
      readonly spec: {
        readonly resourceAttributes: { readonly verb: string; readonly group: string; readonly resource: string };
      };
    };
    const { verb, group, resource } = spec.resourceAttributes;
    const isEverybodys = group === 'kubectl-recover.io';
    const denied = this.lacking.has(`${verb} ${resource}.${group}`) || (this.lacking.has('*') && !isEverybodys);
    sendJson(response, 201, { status: { allowed: !denied } });
  }

  #ask({ body }: SeenRequest, response: ServerResponse): void {
    const { metadata, ...rest } = JSON.parse(body) as KubeObject & { readonly spec: object };
    const made = { ...rest, metadata: { ...metadata, creationTimestamp: '2026-03-02T12:00:00Z' } };
    switch (this.catalogue) {
      case 'answers':
        sendJson(response, 201, { ...made, spec: { ...made.spec, requester: { username: 'alice' } } });
        return;
      case 'dead':
        sendJson(response, 500, {
          kind: 'Status',
          reason: 'InternalError',
          message: 'failed calling webhook "requester.kubectl-recover.io": connection refused',
        });
        return;
      case 'not asked':
        sendJson(response, 403, {
          kind: 'Status',
          reason: 'Forbidden',
          message: `accessrequests.kubectl-recover.io "${metadata.name}" is forbidden: ValidatingAdmissionPolicy 'kubectl-recover-requester' with binding 'kubectl-recover-requester' denied request: RequesterMismatch: spec.requester is not the authenticated user`,
        });
    }
  }
}

const withBundle = (object: KubeObject, caBundle: string): KubeObject => {
  const { webhooks } = object as WebhookConfiguration;
  if (webhooks === undefined) return object;
  const published = webhooks.map(webhook => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle } }));
  return { ...object, ...{ webhooks: published } };
};
