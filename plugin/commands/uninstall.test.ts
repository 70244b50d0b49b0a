import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN, resourceType } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION, LABELS, RESTORE_FINALIZER } from '../../api/names.ts';
import { VELERO } from '../../api/velero/velero-types.ts';
import { renderManifests } from '../../manifests/render-manifests.ts';
import { EXAMPLE_KEY } from '../../test/fakes/example-key.ts';
import { failureStatus, sendJson } from '../../test/fakes/fake-api-server.ts';
import { uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeInstall, SELF_ID, VELERO_INSTALLATION } from '../../test/fakes/fake-install.ts';
import { FakeTerminal, type TerminalSetting } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { recoveryObject, restoreObject } from '../../test/fakes/recovery-objects.ts';
import { run } from '../run.ts';

/** An API server with everything of an installation in it, that serves what its kinds are. */

const VELEROS_FINALIZER = 'restores.velero.io/external-resources-finalizer';

let cluster: FakeInstall;
let folder: KubeconfigFolder;
let env: Readonly<Record<string, string>>;
let file: string;

const pluralOf = (kind: string): string => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;

const installation = renderManifests({ mode: 'Audit', velero: [VELERO_INSTALLATION] });

const typeOf = ({ apiVersion, kind, metadata }: KubeObject) =>
  resourceType<KubeObject>(apiVersion, kind, pluralOf(kind), metadata.namespace !== undefined);

const left = (): readonly KubeObject[] =>
  installation.filter(object => cluster.server.find(typeOf(object), object.metadata) !== undefined);

beforeEach(async () => {
  cluster = await FakeInstall.start();
  for (const object of installation) cluster.server.put(typeOf(object), object);
  cluster.putIdentity('self', { spec: {}, status: { clusterID: SELF_ID, keys: [EXAMPLE_KEY] } });
  cluster.putIdentity('dr', { spec: { clusterID: uidOf('cluster dr'), keys: [EXAMPLE_KEY] } });
  const served = new Map<string, KubeObject[]>();
  for (const object of [...installation, restore()]) {
    served.set(object.apiVersion, [...(served.get(object.apiVersion) ?? []), object]);
  }
  const { api } = cluster.server;
  const { handler } = api;
  api.handler = (request, response) => {
    const [, version = ''] = /^\/apis?\/([^?]+)$/.exec(request.url) ?? [];
    // The kinds go with their definitions.
    const isGone = version === GROUP_VERSION && !left().some(({ kind }) => kind === 'CustomResourceDefinition');
    const objects = isGone ? undefined : served.get(version);
    if (objects === undefined) return handler(request, response);
    const resources = objects.map(({ kind, metadata }) => ({
      ...{ name: pluralOf(kind), kind },
      namespaced: metadata.namespace !== undefined,
    }));
    sendJson(response, 200, { resources });
  };
  folder = new KubeconfigFolder();
  file = join(folder.path, 'prod.yaml');
  env = {
    KUBECONFIG: folder.write('config', [
      { name: 'prod', server: cluster.url, cluster: { 'insecure-skip-tls-verify': true } },
    ]),
  };
});

afterEach(async () => {
  await cluster.stop();
  folder.remove();
});

const restore = () =>
  restoreObject({ namespace: 'velero', name: 'recover-1', finalizers: [VELEROS_FINALIZER, RESTORE_FINALIZER] });

const uninstall = async (flags: readonly string[], setting: TerminalSetting = {}) => {
  const terminal = new FakeTerminal({ env, ...setting });
  const exitCode = await run(['uninstall', ...flags], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk, prompts: terminal.prompts };
};

describe('the catalogue is removed', () => {
  test('wholly, and its public keys and peers are in the file', async () => {
    expect(left()).toHaveLength(installation.length);
    const { exitCode, talk } = await uninstall(['--yes', '--export', file]);
    expect(exitCode).toBe(0);
    // Objects of our kinds go with their definitions, which this server does not do.
    expect(left().map(({ apiVersion }) => apiVersion)).toEqual([GROUP_VERSION, GROUP_VERSION]);
    const exported = readFileSync(file, 'utf8');
    for (const id of [SELF_ID, uidOf('cluster dr'), EXAMPLE_KEY.kid]) expect(exported).toContain(id);
    expect(talk).toContain(`kubectl recover cluster trust -f ${file} --context prod`);
  });

  test('walls first, so that they refuse nothing of the rest; kinds after what runs; namespaces last', async () => {
    const deleted: string[] = [];
    cluster.server.meanwhile = ({ method, url }) => {
      if (method === 'DELETE') deleted.push(url.split('/').at(-2) ?? '');
    };
    await uninstall(['--yes', '--forget-keys']);
    expect([...new Set(deleted)]).toEqual([
      'validatingwebhookconfigurations',
      'mutatingwebhookconfigurations',
      'validatingadmissionpolicybindings',
      'validatingadmissionpolicies',
      'deployments',
      'poddisruptionbudgets',
      'services',
      'customresourcedefinitions',
      'clusterrolebindings',
      'clusterroles',
      'rolebindings',
      'roles',
      'serviceaccounts',
      'namespaces',
    ]);
  });

  test('our finalizer is taken off Restores, Velero’s stays', async () => {
    cluster.server.put(VELERO.restores, restore());
    await uninstall(['--yes', '--forget-keys']);
    const at = { namespace: 'velero', name: 'recover-1' };
    expect(cluster.server.find(VELERO.restores, at)?.metadata.finalizers).toEqual([VELEROS_FINALIZER]);
  });

  test('once the walls are gone for good: a policy that was deleted refuses for a while', async () => {
    cluster.server.put(VELERO.restores, restore());
    const { api } = cluster.server;
    const { handler } = api;
    let refusals = 3;
    api.handler = (request, response) => {
      const isRefused = request.method === 'PATCH' && request.url.includes('/restores/') && refusals-- > 0;
      if (!isRefused) return handler(request, response);
      const message =
        "restores.velero.io \"recover-1\" is forbidden: ValidatingAdmissionPolicy 'kubectl-recover-updates' with binding 'kubectl-recover-updates' denied request: CatalogueOnly: the finalizer is taken off by the catalogue";
      sendJson(response, 403, { ...failureStatus(403, 'Forbidden'), message });
    };
    expect((await uninstall(['--yes', '--forget-keys'])).exitCode).toBe(0);
    expect(refusals).toBe(-1);
    const at = { namespace: 'velero', name: 'recover-1' };
    expect(cluster.server.find(VELERO.restores, at)?.metadata.finalizers).toEqual([VELEROS_FINALIZER]);
  });

  test('marks of recoveries that run are taken off, and who asks is told of them', async () => {
    const labels = { [LABELS.recovering]: 'abc', team: 'shop' };
    cluster.server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } });
    cluster.server.put(OWN.recoveries, recoveryObject());
    const { talk } = await uninstall(['--yes', '--forget-keys']);
    expect(talk).toContain('1 running: Velero ends what it does');
    expect(cluster.server.find(CORE.namespaces, { name: 'shop' })?.metadata.labels).toEqual({ team: 'shop' });
  });

  test('once more after it was broken off', async () => {
    cluster.server.failure = ({ method, url }) =>
      method === 'DELETE' && url.includes('customresourcedefinitions') ? 500 : undefined;
    expect((await uninstall(['--yes', '--export', file])).exitCode).toBe(1);
    cluster.server.failure = () => undefined;
    const again = await uninstall(['--yes', '--export', file]);
    expect(again.exitCode).toBe(2);
    expect(again.talk).toContain('add --forget-keys in place of --export');
    expect((await uninstall(['--yes', '--forget-keys'])).exitCode).toBe(0);
    expect(left().filter(({ apiVersion }) => apiVersion !== GROUP_VERSION)).toEqual([]);
  });
});

describe('nothing is removed', () => {
  const everything = () => expect(left()).toHaveLength(installation.length);

  test('unless it is said what becomes of the keys', async () => {
    const { exitCode, talk } = await uninstall(['--yes']);
    expect(exitCode).toBe(2);
    expect(talk).toContain('add --export FILE');
    everything();
  });

  test('unless somebody confirms it', async () => {
    expect((await uninstall(['--forget-keys'])).exitCode).toBe(2);
    expect((await uninstall(['--forget-keys'], { isTTY: true, answers: ['no'] })).exitCode).toBe(130);
    expect((await uninstall(['--export', file], { isTTY: true, answers: ['no'] })).exitCode).toBe(130);
    expect(existsSync(file)).toBe(false);
    everything();
  });

  test('if the file is there, or cannot be written', async () => {
    writeFileSync(file, 'precious');
    expect((await uninstall(['--yes', '--export', file])).exitCode).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    const nowhere = join(folder.path, 'no-such-folder', 'prod.yaml');
    expect((await uninstall(['--yes', '--export', nowhere])).exitCode).toBe(2);
    everything();
  });

  test('if the keys cannot be read', async () => {
    cluster.putIdentity('self', { spec: {}, status: { clusterID: SELF_ID } });
    const { exitCode, talk } = await uninstall(['--yes', '--export', file]);
    expect(exitCode).toBe(1);
    expect(talk).toContain('has not told its keys yet');
    everything();
  });

  test('by a dry run, which says what would go', async () => {
    const client = await uninstall(['--forget-keys', '--dry-run=client']);
    expect(client.exitCode).toBe(0);
    expect(client.talk).toContain('deployment/kubectl-recover-system/catalogue would be deleted (dry run)');
    expect(client.talk).toContain('nothing was changed');
    everything();
  });
});

test('a removal that hangs is told, with what holds it', async () => {
  cluster.server.failure = ({ method, url }) =>
    method === 'DELETE' && url.endsWith('/namespaces/kubectl-recover-requests') ? 404 : undefined;
  const { exitCode, talk } = await uninstall(['--yes', '--forget-keys']);
  expect(exitCode).toBe(124);
  expect(talk).toContain('namespace/kubectl-recover-requests is still being deleted in cluster "prod"');
});
