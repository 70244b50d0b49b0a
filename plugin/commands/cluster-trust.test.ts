import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { FakeCluster, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { LOST_SINCE } from '../../test/fakes/sample-claims.ts';
import { run } from '../run.ts';

const rebuilt = await FakeCluster.create('rebuilt');
const old = await FakeCluster.create('prod');
const REBUILT_ID = uidOf('cluster rebuilt');
const OLD_PEER = {
  clusterID: uidOf('cluster prod'),
  keys: old.publicKeys(),
  lost: { reason: 'region on fire', since: LOST_SINCE },
};

let prod: FakeInstall;
let dr: FakeInstall;
let folder: KubeconfigFolder;

beforeEach(async () => {
  [prod, dr] = await Promise.all([FakeInstall.start(), FakeInstall.start()]);
  folder = new KubeconfigFolder();
  prod.putIdentity('self', { spec: {}, status: { clusterID: REBUILT_ID, keys: rebuilt.publicKeys() } });
});

afterEach(async () => {
  await Promise.all([prod.stop(), dr.stop()]);
  folder.remove();
});

const trust = async (...flags: readonly string[]) => {
  const insecure = { cluster: { 'insecure-skip-tls-verify': true } };
  const servers = [
    { name: 'prod', server: prod.url, ...insecure },
    { name: 'dr', server: dr.url, ...insecure },
  ];
  const terminal = new FakeTerminal({ env: { KUBECONFIG: folder.write('config', servers) } });
  const argv = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', ...flags];
  return { exitCode: await run(argv, terminal), talk: terminal.talk, data: terminal.data };
};

const peer = (name: string) => dr.server.find(OWN.clusterIdentities, { name })?.spec;

describe('a cluster that was built anew under an old name', () => {
  test('does not take the place of the old one, whose backups count by its keys', async () => {
    dr.putIdentity('prod', { spec: OLD_PEER });
    const { exitCode, talk } = await trust();
    expect(exitCode).toBe(3);
    expect(talk).toBe(
      `Error: "prod" is another cluster here (${OLD_PEER.clusterID}, lost since ${LOST_SINCE}), whose backups count by its keys; this one is ${REBUILT_ID} (CheckFailed)\n  do: give this one another name: --name prod-2\n`,
    );
    expect(peer('prod')).toEqual(OLD_PEER);
    expect(dr.server.writes).toEqual([]);
  });

  test('is trusted beside it, under a name of its own', async () => {
    dr.putIdentity('prod', { spec: OLD_PEER });
    const { exitCode, data } = await trust('--name', 'prod-2', '--dry-run=client');
    expect(exitCode).toBe(0);
    expect(data).toContain('name: prod-2');
    expect(data).toContain(`clusterID: ${REBUILT_ID}`);
  });
});

test('the same cluster again is the same peer', async () => {
  dr.putIdentity('prod', { spec: { clusterID: REBUILT_ID, keys: [], identityTrust: { users: ['alice'] } } });
  const { exitCode, data } = await trust('--dry-run=client');
  expect(exitCode).toBe(0);
  expect(data).toContain('- alice');
});
