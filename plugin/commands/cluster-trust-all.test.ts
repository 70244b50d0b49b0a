import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { FakeCluster, NOW } from '../../test/fakes/fake-authority.ts';
import { FakeInstall } from '../../test/fakes/fake-install.ts';
import { FakeTerminal } from '../../test/fakes/fake-terminal.ts';
import { KubeconfigFolder } from '../../test/fakes/kubeconfig-folder.ts';
import { run } from '../run.ts';

const [prod, dr, lab] = await Promise.all(['prod', 'dr', 'lab'].map(name => FakeCluster.create(name)));
const authorities = { prod, dr, lab };
type Name = keyof typeof authorities;
const NAMES = ['prod', 'dr', 'lab'] as const;

let installs: Readonly<Record<Name, FakeInstall>>;
let folder: KubeconfigFolder;

const authority = (name: Name): FakeCluster => {
  const found = authorities[name];
  if (found === undefined) throw new Error('no such cluster');
  return found;
};

beforeEach(async () => {
  const [first, second, third] = await Promise.all(NAMES.map(() => FakeInstall.start()));
  if (!first || !second || !third) throw new Error('not all clusters run');
  installs = { prod: first, dr: second, lab: third };
  folder = new KubeconfigFolder();
  for (const name of NAMES) {
    const { id } = authority(name);
    installs[name].putIdentity('self', { spec: {}, status: { clusterID: id, keys: authority(name).publicKeys() } });
  }
});

afterEach(async () => {
  await Promise.all(NAMES.map(name => installs[name].stop()));
  folder.remove();
});

const runCluster = async (...argv: readonly string[]) => {
  const servers = NAMES.map(name => ({
    ...{ name, server: installs[name].url, cluster: { 'insecure-skip-tls-verify': true } },
  }));
  const terminal = new FakeTerminal({ env: { KUBECONFIG: folder.write('config', servers) } });
  const exitCode = await run(['cluster', ...argv], terminal);
  return { exitCode, data: terminal.data, talk: terminal.talk };
};

const documentsOf = (text: string): ClusterIdentity[] =>
  parseAllDocuments(text).map(document => document.toJS() as ClusterIdentity);
const writes = (): string[] => NAMES.flatMap(name => installs[name].server.writes);
const identityIn = (name: Name, identity: string) =>
  installs[name].server.find(OWN.clusterIdentities, { name: identity });
const peer = (of: Name, state?: 'Retired' | 'Revoked') => ({
  clusterID: authority(of).id,
  keys: authority(of).publicKeys(state),
});

describe('export', () => {
  test('prints the cluster as its peers hold it, every key of it', async () => {
    const { data } = await runCluster('export', '--context', 'prod');
    expect(documentsOf(data)).toEqual([
      {
        apiVersion: 'kubectl-recover.io/v1alpha1',
        kind: 'ClusterIdentity',
        metadata: { name: 'prod' },
        spec: peer('prod'),
      },
    ]);
    expect((await runCluster('export', '--context', 'prod', '-ojson')).data).toContain('"kind": "List"');
  });

  test('with --all prints the peers too, without what is not theirs', async () => {
    installs.prod.putIdentity('dr', { spec: { ...peer('dr'), identityTrust: { users: ['alice'] } } });
    const documents = documentsOf((await runCluster('export', '--all', '--name', 'main', '--context', 'prod')).data);
    expect(documents.map(({ metadata }) => metadata)).toEqual([{ name: 'main' }, { name: 'dr' }]);
    expect(documents[1]?.spec).toEqual({ ...peer('dr'), identityTrust: { users: ['alice'] } });
  });
});

describe('trust --contexts', () => {
  test('plans each in each other, and writes nothing in a dry run', async () => {
    const { exitCode, data } = await runCluster(
      'trust',
      '--contexts',
      'prod,dr,lab',
      '--groups',
      'oidc:*',
      '--dry-run=client',
    );
    expect(exitCode).toBe(0);
    const rows = data
      .split('\n')
      .slice(1, -1)
      .map(row => row.split(/\s{2,}/));
    expect(rows).toEqual(
      NAMES.flatMap(to => NAMES.filter(from => from !== to).map(from => [to, from, from, '2', 'oidc:*', 'new'])),
    );
    expect(writes()).toEqual([]);
  });

  test('asks first; where nobody is there, nothing is written', async () => {
    const { exitCode, talk } = await runCluster('trust', '--contexts', 'prod,dr');
    expect(exitCode).toBe(2);
    expect(talk).toContain('add --yes');
    expect(writes()).toEqual([]);
  });

  test('writes what changes only, where the answer is yes', async () => {
    installs.prod.putIdentity('dr', { spec: { ...peer('dr'), identityTrust: { users: ['alice'] } } });
    installs.dr.putIdentity('prod', { spec: peer('prod', 'Retired') });
    const { exitCode, talk } = await runCluster('trust', '--contexts', 'prod,dr', '--yes');
    expect(exitCode).toBe(0);
    expect(talk).toBe('dr: clusteridentity.kubectl-recover.io/prod applied\n');
    expect(identityIn('dr', 'prod')?.spec).toEqual(peer('prod'));
    expect(identityIn('prod', 'dr')?.spec.identityTrust).toEqual({ users: ['alice'] });
  });

  test('with -o yaml prints files for all of them', async () => {
    const { data } = await runCluster('trust', '--contexts', 'prod,dr', '--users', 'alice', '-oyaml');
    expect(documentsOf(data).map(({ metadata, spec }) => [metadata.name, spec])).toEqual(
      (['prod', 'dr'] as const).map(name => [name, { ...peer(name), identityTrust: { users: ['alice'] } }]),
    );
    expect(writes()).toEqual([]);
  });

  test.each([
    [['--contexts', 'prod']],
    [['--contexts', 'prod,prod']],
    [['--contexts', 'prod,dr', '--from-context', 'lab']],
    [['--contexts', 'prod,dr', '--name', 'x']],
    [[]],
  ])('%j is refused', async argv => {
    expect((await runCluster('trust', ...argv)).exitCode).toBe(2);
  });
});

test('a peer that is known under another name keeps it, and a revoked key stays revoked', async () => {
  installs.dr.putIdentity('main', { spec: peer('prod', 'Revoked') });
  const { data } = await runCluster('trust', '--from-context', 'prod', '--context', 'dr', '--dry-run=client');
  expect(documentsOf(data)).toMatchObject([{ metadata: { name: 'main' }, spec: peer('prod', 'Revoked') }]);
});

describe('trust -f', () => {
  const write = (...identities: readonly object[]): string => {
    return folder.write('peers.yaml', identities.map(identity => JSON.stringify(identity)).join('\n---\n'));
  };
  const file = (name: string, spec: object) => ({
    ...{ apiVersion: 'kubectl-recover.io/v1alpha1', kind: 'ClusterIdentity', metadata: { name }, spec },
  });

  test('trusts the clusters of the file', async () => {
    const path = write(file('prod', { ...peer('prod'), identityTrust: { users: ['alice'] } }));
    const { data } = await runCluster('trust', '-f', path, '--context', 'dr', '--dry-run=client');
    expect(documentsOf(data)).toEqual([file('prod', { ...peer('prod'), identityTrust: { users: ['alice'] } })]);
  });

  test('gives a cluster that was installed anew its own former stamp keys back', async () => {
    const path = write(file('dr', { clusterID: authority('dr').id, keys: authority('lab').publicKeys() }));
    const { talk, exitCode } = await runCluster('trust', '-f', path, '--context', 'dr');
    expect(exitCode).toBe(0);
    expect(talk).toContain('count again, by 1 former keys');
    expect(identityIn('dr', 'self')?.spec.keys).toEqual(
      authority('lab')
        .publicKeys('Retired')
        .filter(({ use }) => use === 'Stamp'),
    );
    const again = await runCluster('trust', '-f', write(file('dr', peer('dr'))), '--context', 'dr');
    expect(again.talk).toContain('holds its own keys of the file already');
  });

  test.each<[string, () => string]>([
    ['that is not there', () => folder.pathOf('none.yaml')],
    ['that is empty', () => write()],
    ['that is no YAML', () => folder.write('peers.yaml', '{')],
    ['with another kind', () => write({ ...file('prod', peer('prod')), kind: 'Secret' })],
    ['with self', () => write(file('self', peer('prod')))],
    ['with a cluster without keys', () => write(file('prod', { clusterID: authority('prod').id }))],
    [
      'with a key of another curve',
      () => write(file('prod', { clusterID: authority('prod').id, keys: [{ kid: 'x' }] })),
    ],
  ])('of a file %s is refused', async (_, path) => {
    const { exitCode, talk } = await runCluster('trust', '-f', path(), '--context', 'dr');
    expect(talk).toContain('(UsageError)');
    expect(exitCode).toBe(2);
    expect(writes()).toEqual([]);
  });
});

describe('revoke-key', () => {
  const kid = authority('prod').stampKey.kid;
  const revoke = (name: string, key: string, ...flags: readonly string[]) =>
    runCluster('revoke-key', name, key.replace(/^-+/, ''), '--reason', 'read by a thief', '--context', 'dr', ...flags);
  const stateOf = (identity: string) => identityIn('dr', identity)?.spec.keys?.find(key => key.kid === kid);

  beforeEach(() => installs.dr.putIdentity('prod', { spec: peer('prod') }));

  test('writes the state, the reason and since when, and leaves the other key', async () => {
    const { exitCode, talk } = await revoke('prod', kid.slice(0, 12));
    expect(exitCode).toBe(0);
    expect(talk).toContain('kubectl recover stamp BACKUP --reattest');
    expect(stateOf('prod')).toMatchObject({
      state: 'Revoked',
      revoked: { reason: 'read by a thief', since: NOW.toISOString() },
    });
    expect(identityIn('dr', 'prod')?.spec.keys).toHaveLength(2);
    expect((await revoke('prod', kid)).talk).toContain('revoked already');
  });

  test('of one that was announced writes it into the spec, and tells what falls with its announcer', async () => {
    const { stampKey } = authority('lab');
    const successors = [
      { kid: stampKey.kid, use: 'Stamp', jwk: stampKey.publicJwk, predecessor: kid, since: NOW.toISOString() } as const,
    ];
    installs.dr.putIdentity('prod', { spec: peer('prod'), status: { successors } });
    expect((await revoke('prod', kid, '--dry-run=client')).data).toContain('Revoked');
    expect((await revoke('prod', stampKey.kid)).exitCode).toBe(0);
    expect(identityIn('dr', 'prod')?.spec.keys).toHaveLength(3);
    installs.dr.putIdentity('prod', { spec: peer('prod'), status: { successors } });
    expect((await revoke('prod', kid)).talk).toContain(`nor do the keys that it announced: ${stampKey.kid}`);
  });

  test('of this cluster’s own says that the catalogue makes another', async () => {
    const own = authority('dr').stampKey.kid;
    expect((await revoke('self', own)).talk).toContain('makes another key within seconds');
    expect(identityIn('dr', 'self')?.spec.keys).toMatchObject([{ kid: own, state: 'Revoked' }]);
  });

  test.each([
    ['nobody', 'x'.repeat(43)],
    ['prod', 'x'.repeat(43)],
    ['prod', kid.slice(0, 4)],
  ])('of %s, %s, finds no such key', async (name, key) => {
    expect((await revoke(name, key)).exitCode).toBe(4);
    expect(writes()).toEqual([]);
  });
});
