import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { NOW, uidOf } from '../../test/fakes/fake-authority.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { LOST_SINCE } from '../../test/fakes/sample-claims.ts';
import { run } from '../run.ts';

let cluster: FakeInstall;
let folder: KubeconfigFolder;

beforeEach(async () => {
  cluster = await FakeInstall.start();
  folder = new KubeconfigFolder();
  put();
});

afterEach(async () => {
  await cluster.stop();
  folder.remove();
});

const PEER = { clusterID: uidOf('cluster prod'), keys: [], identityTrust: { users: ['alice'] } };
const FIRE = { reason: 'region on fire', since: LOST_SINCE };

const put = (lost?: typeof FIRE): void =>
  cluster.putIdentity('prod', { spec: { ...PEER, ...(lost === undefined ? {} : { lost }) } });

const runCluster = async (...argv: readonly string[]) => {
  const server = { name: 'dr', server: cluster.url, cluster: { 'insecure-skip-tls-verify': true } };
  const terminal = new FakeTerminal({ env: { KUBECONFIG: folder.write('config', [server]) } });
  const exitCode = await run(['cluster', ...argv], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk };
};

const declareLost = (...flags: readonly string[]) =>
  runCluster('declare-lost', 'prod', '--reason', 'region on fire', ...flags);
const declareFound = (...flags: readonly string[]) => runCluster('declare-found', 'prod', ...flags);

const spec = () => cluster.server.find(OWN.clusterIdentities, { name: 'prod' })?.spec;

describe('declare-lost', () => {
  test('writes the loss as of now and nothing else, and says what it means', async () => {
    expect(await declareLost()).toEqual({
      exitCode: 0,
      data: 'clusteridentity.kubectl-recover.io/prod patched\n',
      talk: [
        'owners of "prod" now recover with: kubectl recover GROUP --context dr\n',
        'should "prod" still live, two copies of a group can run; undo: kubectl recover cluster declare-found prod\n',
      ].join(''),
    });
    expect(spec()).toEqual({ ...PEER, lost: { reason: 'region on fire', since: NOW.toISOString() } });
  });

  test('a second time changes nothing: the loss is since it was told first', async () => {
    put(FIRE);
    expect(await runCluster('declare-lost', 'prod', '--reason', 'flood')).toEqual({
      exitCode: 0,
      data: '',
      talk: `"prod" is declared lost since ${LOST_SINCE} already: region on fire\n`,
    });
    expect(cluster.server.writes).toEqual([]);
  });

  test('needs a reason', async () => {
    expect((await runCluster('declare-lost', 'prod')).exitCode).toBe(2);
    expect((await runCluster('declare-lost', 'prod', '--reason')).exitCode).toBe(2);
    expect((await runCluster('declare-lost', '--reason', 'fire')).exitCode).toBe(2);
    expect(cluster.server.api.requests).toEqual([]);
  });
});

describe('declare-found', () => {
  test('takes the loss back and nothing else', async () => {
    put(FIRE);
    expect(await declareFound()).toEqual({
      exitCode: 0,
      data: 'clusteridentity.kubectl-recover.io/prod patched\n',
      talk: 'groups of "prod" are recovered with a grant of that cluster again\n',
    });
    expect(spec()).toEqual(PEER);
  });

  test('of a peer that is not lost changes nothing', async () => {
    expect(await declareFound()).toEqual({ exitCode: 0, data: '', talk: '"prod" is not declared lost\n' });
    expect(cluster.server.writes).toEqual([]);
  });
});

describe('a dry run', () => {
  test('in the client shows the patch, sends none and promises nothing', async () => {
    expect(await declareLost('--dry-run=client')).toEqual({
      exitCode: 0,
      data: `spec:\n  lost:\n    reason: region on fire\n    since: "${NOW.toISOString()}"\n`,
      talk: '',
    });
    const json = await declareLost('--dry-run=client', '-ojson');
    expect(JSON.parse(json.data)).toEqual({ spec: { lost: { reason: 'region on fire', since: NOW.toISOString() } } });
    put(FIRE);
    expect(await declareFound('--dry-run=client')).toEqual({ exitCode: 0, data: 'spec:\n  lost: null\n', talk: '' });
    expect(cluster.server.writes).toEqual([]);
  });

  test('in the server asks it, changes nothing and promises nothing', async () => {
    expect(await declareLost('--dry-run=server')).toEqual({
      exitCode: 0,
      data: 'clusteridentity.kubectl-recover.io/prod would be patched (dry run)\n',
      talk: '',
    });
    expect(spec()).toEqual(PEER);
    put(FIRE);
    await declareFound('--dry-run=server');
    expect(spec()).toEqual({ ...PEER, lost: FIRE });
  });
});

describe.each([
  ['declare-lost', ['--reason', 'fire']],
  ['declare-found', []],
])('%s is refused', (command, flags) => {
  test.each(['nothing', 'self'])('for "%s", which is no peer', async name => {
    expect(await runCluster(command, name, ...flags)).toEqual({
      exitCode: 4,
      data: '',
      talk: `Error: cluster "dr" has no peer "${name}" (NotFound)\n  do: its peers: kubectl recover cluster show --context dr\n`,
    });
    expect(cluster.server.writes).toEqual([]);
  });

  test('to a login without the right, in the words of the API server', async () => {
    if (command === 'declare-found') put(FIRE);
    const before = spec();
    cluster.lacking.add('patch clusteridentities.kubectl-recover.io');
    const { exitCode, data, talk } = await runCluster(command, 'prod', ...flags);
    expect({ exitCode, data }).toEqual({ exitCode: 1, data: '' });
    expect(talk).toContain('(Forbidden)');
    expect(talk).not.toContain('recover with');
    expect(spec()).toEqual(before);
  });
});
