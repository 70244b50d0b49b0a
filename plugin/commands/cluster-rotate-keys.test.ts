import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { FakeCluster, NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { run } from '../run.ts';

const prod = await FakeCluster.create('prod');

let cluster: FakeInstall;
let folder: KubeconfigFolder;

beforeEach(async () => {
  cluster = await FakeInstall.start();
  folder = new KubeconfigFolder();
  putSelf('2026-03-01T12:00:00.000Z');
});

afterEach(async () => {
  await cluster.stop();
  folder.remove();
});

const putSelf = (since: string): void => {
  const keys = prod.publicKeys().map(key => ({ ...key, since }));
  cluster.putIdentity('self', { spec: {}, status: { clusterID: uidOf('cluster prod'), keys } });
};

const runCluster = async (...argv: readonly string[]) => {
  const server = { name: 'prod', server: cluster.url, cluster: { 'insecure-skip-tls-verify': true } };
  const terminal = new FakeTerminal({ env: { KUBECONFIG: folder.write('config', [server]) } });
  const exitCode = await run(['cluster', ...argv], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk };
};

const spec = () => cluster.server.find(OWN.clusterIdentities, { name: 'self' })?.spec;

describe('rotate-keys', () => {
  test('asks for all keys as of now, announced for a day, and says what comes of it', async () => {
    expect(await runCluster('rotate-keys')).toEqual({
      exitCode: 0,
      data: 'clusteridentity.kubectl-recover.io/self patched\n',
      talk: [
        'new keys for grant, stamp, admission are announced within seconds and sign in 24h, but not before 40 s\n',
        'what the old keys signed counts as before; see them with: kubectl recover cluster keys\n',
      ].join(''),
    });
    expect(spec()?.keyRotation).toEqual({
      requestedAt: NOW.toISOString(),
      uses: ['Grant', 'Stamp', 'Admission'],
      overlapSeconds: 86_400,
    });
  });

  test('asks for what is named', async () => {
    await runCluster('rotate-keys', '--use', 'stamp', '--overlap', '90m');
    expect(spec()?.keyRotation).toMatchObject({ uses: ['Stamp'], overlapSeconds: 5400 });
    expect((await runCluster('rotate-keys', '--use', 'tls')).exitCode).toBe(2);
    expect((await runCluster('rotate-keys', '--overlap', 'soon')).exitCode).toBe(2);
  });

  test('is later than the newest key, whatever the clock here says', async () => {
    putSelf('2026-03-02T12:00:00.500Z');
    await runCluster('rotate-keys');
    expect(spec()?.keyRotation?.requestedAt).toBe('2026-03-02T12:00:00.501Z');
  });

  test('in a dry run changes nothing and promises nothing', async () => {
    const client = await runCluster('rotate-keys', '--dry-run=client');
    expect(client.data).toContain('keyRotation:');
    expect(client.talk).toBe('');
    expect((await runCluster('rotate-keys', '--dry-run=server')).talk).toBe('');
    expect(spec()?.keyRotation).toBeUndefined();
  });

  test('is refused where no catalogue has told its keys, and to who may not', async () => {
    cluster.putIdentity('self', { spec: {} });
    expect((await runCluster('rotate-keys')).talk).toContain('(CatalogueMissing)');
    putSelf(NOW.toISOString());
    cluster.lacking.add('patch clusteridentities.kubectl-recover.io');
    expect((await runCluster('rotate-keys')).talk).toContain('(Forbidden)');
    expect(cluster.server.find(OWN.clusterIdentities, { name: 'self' })?.spec.keyRotation).toBeUndefined();
  });
});

test('keys lists those of the cluster and of its peers, with their states and ages', async () => {
  const peer = await FakeCluster.create('dr');
  cluster.putIdentity('dr', { spec: { clusterID: peer.id, keys: peer.publicKeys('Retired') } });
  const { data } = await runCluster('keys');
  const lines = data.split('\n').map(line => line.split(/\s{2,}/));
  expect(lines).toContainEqual(['CLUSTER', 'USE', 'KEY', 'STATE', 'AGE']);
  expect(lines).toContainEqual(['self', 'Stamp', prod.stampKey.kid, 'Active', '1d']);
  expect(lines).toContainEqual(['dr', 'Grant', peer.grantKey.kid, 'Retired', '<unknown>']);
  const json = JSON.parse((await runCluster('keys', '-ojson')).data) as { readonly items: readonly object[] };
  expect(json.items).toHaveLength(4);
});
