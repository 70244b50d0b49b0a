import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANNOTATIONS } from '../../api/names.ts';
import { stampToken } from '../../api/tokens/kinds.ts';
import { decodeToken } from '../../api/tokens/verify-token.ts';
import { keptRefusals } from '../environment/kept-refusal.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';

/** Keys and stamps over the years: backups from before are adopted, keys rotate while people recover. */

const expectRefusal = keptRefusals('keys');

let environment: RecoveryEnvironment;
let alice: TestUser;

interface ShownKey {
  readonly cluster: string;
  readonly use: string;
  readonly kid: string;
  readonly state: string;
}

const keysOf = async (context: 'prod' | 'dr'): Promise<readonly ShownKey[]> => {
  const shown = await environment.operator.recover('cluster', 'keys', '--context', context, '-o', 'json');
  return (JSON.parse(shown.stdout) as { readonly items: readonly ShownKey[] }).items;
};

const annotationOf = async (backup: string, annotation: string): Promise<string> => {
  const json = await environment.clusters.prod.kubectl(
    'get',
    'backups.velero.io',
    backup,
    '-n',
    'velero',
    '-o',
    'json',
  );
  const { metadata } = JSON.parse(json) as { readonly metadata: { annotations?: Readonly<Record<string, string>> } };
  return metadata.annotations?.[annotation] ?? '';
};

interface Inspected {
  readonly exitCode: number;
  readonly verified: boolean;
  readonly tokens: readonly { readonly kind: string; readonly checks: readonly { readonly code?: string }[] }[];
}

/** What inspect says of a Backup as kubectl gets it, against the live keys of its cluster. */
const inspected = async (context: 'prod' | 'dr', backup: string): Promise<Inspected> => {
  const { operator, clusters, environment: files } = environment;
  const path = join(files.dir, `${context}-${backup}.yaml`);
  await writeFile(
    path,
    await clusters[context].kubectl('get', 'backups.velero.io', backup, '-n', 'velero', '-o', 'yaml'),
  );
  const { exitCode, stdout, stderr } = await operator.recover('inspect', path, '--context', context, '-o', 'json');
  expect(stderr).toBe('');
  return { exitCode, ...(JSON.parse(stdout) as Omit<Inspected, 'exitCode'>) };
};

const stampedBy = async (backup: string): Promise<string> =>
  decodeToken(stampToken, await annotationOf(backup, ANNOTATIONS.stamp)).kid;

beforeAll(async () => {
  environment = await startRecoveryEnvironment({ report: quietReporter, catalogue: { replicas: 2 } });
  const { prod, dr } = environment.clusters;
  alice = await environment.user('alice');
  await deployPlain(prod, 'alice', 'shop');
  await backUp(prod, 'from-before');
  await registerGroup(alice, 'prod', 'shop', ['shop'], '--destination', `cluster:${dr.clusterId}`);
  await backUp(prod, 'first');
  const trust = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', 'alice'];
  expect((await environment.operator.recover(...trust)).exitCode).toBe(0);
});

afterAll(async () => {
  await environment?.stop();
});

describe('a backup from before its group was registered', () => {
  test('carries no stamp, and only an operator can have it adopted', async () => {
    expect(await annotationOf('from-before', ANNOTATIONS.stamp)).toBe('');
    await expectRefusal(alice, 'stamp-forbidden', 1, 'stamp', 'from-before', '--context', 'prod');
    await expectRefusal(environment.operator, 'stamp-unknown', 3, 'stamp', 'from-nowhere', '--context', 'prod');
    const adopted = await environment.operator.recover('stamp', '--all', '--yes', '--context', 'prod');
    expect(adopted.stdout).toMatch(/from-before +Adopted +shop\/shop/);
    expect(adopted.exitCode).toBe(0);
  });

  test('is a recovery point then, marked as adopted', async () => {
    await expect
      .poll(async () => (await alice.recover('points', 'shop', '--context', 'prod')).stdout, { timeout: 20_000 })
      .toMatch(/from-before .*Yes, adopted/);
    const result = await alice.recover('shop', '--point', 'from-before', '--context', 'prod', '--yes');
    expect(result.stderr).not.toContain('Error');
    expect(result.exitCode).toBe(0);
  });

  test('is none where policy says so', async () => {
    const { prod } = environment.clusters;
    const policy = ['patch', 'recoverypolicy', 'default', '--type=merge', '-p'];
    const asked = ['shop', '--point', 'from-before', '--context', 'prod', '--yes'];
    const allowed = await prod.kubectl('get', 'recoverypolicy', 'default', '-o', 'jsonpath={.spec.adoptedPoints}');
    await prod.kubectl(...policy, JSON.stringify({ spec: { adoptedPoints: 'Never' } }));
    await expect.poll(async () => (await alice.recover(...asked, '--dry-run=server')).exitCode).toBe(3);
    await expectRefusal(alice, 'adopted-not-allowed', 3, ...asked);
    await prod.kubectl(...policy, JSON.stringify({ spec: { adoptedPoints: allowed } }));
    await expect.poll(async () => (await alice.recover(...asked, '--dry-run=server')).exitCode).toBe(0);
  });

  test('nobody but the catalogue writes that', async () => {
    const { operator } = environment;
    const at = ['annotate', 'backups.velero.io', 'from-before', '-n', 'velero', '--overwrite'] as const;
    await expect(operator.kubectl('prod', ...at, `${ANNOTATIONS.adoptedStamp}=x`)).rejects.toThrow('CatalogueOnly');
    await expect(operator.kubectl('prod', ...at, `${ANNOTATIONS.adoptedStamp}-`)).rejects.toThrow('CatalogueOnly');
  });
});

describe('keys rotate under two replicas', () => {
  let before: readonly ShownKey[];

  test('an owner cannot have them rotated; an operator can', async () => {
    before = await keysOf('prod');
    expect(before.map(({ use, state }) => `${use} ${state}`)).toEqual(['Grant Active', 'Stamp Active']);
    const args = ['cluster', 'rotate-keys', '--overlap', '0s', '--context', 'prod'];
    await expectRefusal(alice, 'rotate-forbidden', 1, ...args);
    const asked = await environment.operator.recover(...args);
    expect(asked.stderr).toContain('new keys for grant, stamp, admission');
    expect(asked.exitCode).toBe(0);
  });

  test('whoever recovers meanwhile sees nothing of it', async () => {
    await expect
      .poll(async () => (await keysOf('prod')).map(({ state }) => state), { timeout: 30_000 })
      .toContain('Announced');
    await backUp(environment.clusters.prod, 'announced');
    expect(await stampedBy('announced')).toBe(before.find(({ use }) => use === 'Stamp')?.kid);
    const states: string[] = [];
    // Each run is judged by both replicas in turn, before, while and after the new keys begin to sign.
    for (const endMs = Date.now() + 120_000; states.at(-1) !== 'Retired' && Date.now() < endMs; ) {
      const result = await alice.recover('shop', '--latest', '--context', 'prod', '--yes');
      expect(result.stderr).not.toContain('Error');
      expect(result.exitCode).toBe(0);
      states.push((await keysOf('prod')).at(-1)?.state ?? '');
    }
    expect(states).toContain('Announced');
    expect(states.at(-1)).toBe('Retired');
  });

  test('then new backups are stamped with the new key, and points of both count', async () => {
    await backUp(environment.clusters.prod, 'second');
    const active = (await keysOf('prod')).find(({ use, state }) => use === 'Stamp' && state === 'Active');
    expect(await stampedBy('second')).toBe(active?.kid);
    expect(active?.kid).not.toBe(before.find(({ use }) => use === 'Stamp')?.kid);
    for (const point of ['first', 'announced', 'second']) {
      const result = await alice.recover('shop', '--point', point, '--context', 'prod', '--yes');
      expect(result.exitCode).toBe(0);
    }
  });
});

test('what is on backups is verified by hand against the live keys, old, new and adopted', async () => {
  const kinds = async (backup: string) => {
    const { exitCode, verified, tokens } = await inspected('prod', backup);
    return [exitCode, verified, ...tokens.map(({ kind }) => kind)];
  };
  expect(await kinds('from-before')).toEqual([0, true, 'adopted stamp']);
  expect((await kinds('first')).slice(0, 3)).toEqual([0, true, 'stamp']);
  expect(await kinds('second')).toEqual(expect.arrayContaining([0, true, 'stamp', 'succession statement']));
});

describe('a peer that is trusted with the keys it had then, and no others', () => {
  const trust = ['cluster', 'trust', '--from-context', 'dr', '--context', 'prod', '--users', 'alice'];
  const back = ['stall', '--latest', '--from-context', 'dr', '--context', 'prod', '--yes'];

  test('does not count any more when it signs with a new one', async () => {
    const { prod, dr } = environment.clusters;
    const { operator } = environment;
    await deployPlain(dr, 'alice', 'stall');
    await registerGroup(alice, 'dr', 'stall', ['stall'], '--destination', `cluster:${prod.clusterId}`);
    expect((await operator.recover(...trust)).exitCode).toBe(0);
    const pin = JSON.stringify({ spec: { succession: 'Pin' } });
    await prod.kubectl('patch', 'clusteridentity', 'dr', '--type=merge', '-p', pin);
    const rotate = ['cluster', 'rotate-keys', '--use', 'grant', '--overlap', '0s', '--context', 'dr'];
    expect((await operator.recover(...rotate)).exitCode).toBe(0);
    // Its replicas take the new key one after the other.
    await expect.poll(async () => (await alice.recover(...back)).stderr).toContain('has no such key for grants here');
  });

  test('and counts again when an operator trusts it anew; then there is nothing to recover', async () => {
    expect((await environment.operator.recover(...trust)).exitCode).toBe(0);
    await expect.poll(async () => (await alice.recover(...back)).exitCode).toBe(4);
    await expectRefusal(alice, 'no-point-at-all', 4, ...back);
  });
});

describe('the source dies after its keys have rotated', () => {
  test('the destination, which nobody told, follows it by what the backups carry', async () => {
    const { prod, dr } = environment.clusters;
    await environment.catalogues.prod.stop();
    await prod.stop();
    await syncBackups(environment, 'dr', 'second');
    await expect
      .poll(() => dr.kubectl('get', 'events', '-n', 'default', '-o', 'jsonpath={.items[*].reason}'), {
        timeout: 20_000,
      })
      .toContain('KeySuccessionAccepted');
    const followed = await keysOf('dr');
    expect(followed.filter(({ cluster }) => cluster === 'prod')).toHaveLength(4);
    // By hand it counts as it does with the catalogue.
    expect(await inspected('dr', 'second')).toMatchObject({ exitCode: 0, verified: true });
  });

  test('and owners recover there with the newest stamp', async () => {
    const { dr } = environment.clusters;
    const lost = ['cluster', 'declare-lost', 'prod', '--reason', 'fire', '--context', 'dr'];
    expect((await environment.operator.recover(...lost)).exitCode).toBe(0);
    const result = await alice.recover('shop', '--point', 'second', '--context', 'dr', '--yes');
    expect(result.stderr).not.toContain('Error');
    expect(result.exitCode).toBe(0);
    expect(await dr.kubectl('get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.of}')).toBe('shop');
  });

  test('its stamp key turns out to be stolen: once revoked, no point counts, and no key that it announced', async () => {
    const stolen = (await keysOf('dr')).find(({ cluster, use }) => cluster === 'prod' && use === 'Stamp')?.kid ?? '';
    const args = ['cluster', 'revoke-key', 'prod', stolen, '--reason', 'read by a thief', '--context', 'dr'];
    await expectRefusal(alice, 'revoke-forbidden', 1, ...args);
    const unknown = ['cluster', 'revoke-key', 'prod', 'no-such-key', '--reason', 'gone', '--context', 'dr'];
    await expectRefusal(environment.operator, 'revoke-unknown', 4, ...unknown);
    const revoked = await environment.operator.recover(...args);
    expect(revoked.stderr).toContain('nor do the keys that it announced');
    expect(revoked.exitCode).toBe(0);
    const states = (await keysOf('dr')).filter(({ cluster, use }) => cluster === 'prod' && use === 'Stamp');
    expect(states.map(({ state }) => state)).toEqual(['Revoked', 'Revoked']);
    const { exitCode, tokens } = await inspected('dr', 'second');
    expect(exitCode).toBe(3);
    expect(tokens.flatMap(({ checks }) => checks.map(({ code }) => code))).toContain('TokenRevoked');
    const asked = ['shop', '--point', 'second', '--context', 'dr', '--yes'];
    await expect.poll(async () => (await alice.recover(...asked)).exitCode).not.toBe(0);
    await expectRefusal(alice, 'stamp-key-revoked', 4, ...asked);
  });

  test('the point that the operator takes over counts again, the others do not', async () => {
    const { operator } = environment;
    const taken = await operator.recover(
      ...['stamp', 'second', '--reattest', '--reason', 'on the list of yesterday', '--context', 'dr'],
    );
    expect(taken.stdout).toMatch(/second +Reattested +shop\/shop/);
    const result = await alice.recover('shop', '--point', 'second', '--context', 'dr', '--yes');
    expect(result.stderr).not.toContain('Error');
    expect(result.exitCode).toBe(0);
    expect((await alice.recover('shop', '--point', 'first', '--context', 'dr', '--yes')).exitCode).not.toBe(0);
  });
});

describe('the catalogue of a cluster is removed, and installed anew', () => {
  let exported: string;

  const idOf = (group: string): Promise<string> => {
    const { dr } = environment.clusters;
    return dr.kubectl('get', 'applicationgroup', group, '-n', group, '-o', 'jsonpath={.status.groupID}');
  };
  const before: Record<string, string> = {};

  test('with a backup of before, and its public keys and peers in a file', async () => {
    const { operator, clusters, environment: files } = environment;
    for (const group of ['stall', 'shop']) before[group] = await idOf(group);
    expect(await backUp(clusters.dr, 'before-it')).toBe('Completed');
    expect(await inspected('dr', 'before-it')).toMatchObject({ exitCode: 0, verified: true });
    exported = join(files.dir, 'dr.yaml');
    const args = ['uninstall', '--export', exported, '--context', 'dr'];
    await expectRefusal(alice, 'uninstall-forbidden', 1, ...args, '--yes');
    expect((await operator.recover(...args, '--dry-run=client')).exitCode).toBe(0);
    const removed = await operator.recover(...args, '--yes');
    expect(removed.stderr).toMatch(/^ {2}groups +2 registered/m);
    expect(removed.stderr).toContain('removed from cluster "dr"\n');
    expect(removed.exitCode).toBe(0);
  });

  test('nothing of it is left, and Velero works as before', async () => {
    const { dr } = environment.clusters;
    const again = await environment.operator.recover('uninstall', '--forget-keys', '--yes', '--context', 'dr');
    expect(again.stderr).toBe('nothing of the catalogue is in cluster "dr"\n');
    const held = ['get', 'restores.velero.io', '-n', 'velero', '-o', 'jsonpath={.items[*].metadata.finalizers}'];
    expect(await dr.kubectl(...held)).not.toContain('kubectl-recover');
    await Promise.all(environment.catalogues.dr.replicas.map(replica => replica.stop()));
    // It looks every five minutes which kinds there are, and as it starts.
    await dr.veleroServer.stop();
    await dr.veleroServer.start();
    expect(await backUp(dr, 'without-it', '--include-namespaces', 'stall')).toBe('Completed');
    await dr.kubectl('delete', 'configmap', 'settings', '-n', 'stall');
    await dr.velero('restore', 'create', 'by-hand', '--from-backup', 'without-it', '--wait');
    const { stdout } = await alice.recover('points', 'stall', '--context', 'dr');
    expect(stdout).toBe('');
    expect(await dr.kubectl('get', 'configmap', 'settings', '-n', 'stall', '-o', 'jsonpath={.data.of}')).toBe('stall');
  });

  test('installed anew it knows its old stamps again by that file, and what was revoked or lost stays so', async () => {
    const { operator, catalogues } = environment;
    const { dr } = catalogues;
    const install = ['install', '--context', 'dr', '--mode', 'Enforce', '--catalogue-url', dr.url, '--yes'];
    expect((await operator.recover(...install, '--velero', 'velero/velero')).exitCode).toBe(0);
    await dr.renewLogin();
    await Promise.all(dr.replicas.map(replica => replica.start()));
    await expectRefusal(alice, 'reinstalled-untrusted', 3, 'stall', '--latest', '--context', 'dr', '--yes');
    const checked = await operator.recover('check', '--context', 'dr');
    expect(checked.stdout).toMatch(/stamped here with keys that the catalogue knows no more.*"before-it"/);
    const trusted = await operator.recover('cluster', 'trust', '-f', exported, '--context', 'dr');
    expect(trusted.stderr).toContain('backups that cluster "dr" stamped before count again');
    expect(trusted.exitCode).toBe(0);
    await expect
      .poll(async () => (await alice.recover('points', 'stall', '--context', 'dr')).stdout, { timeout: 30_000 })
      .toContain('before-it');
    const peers = await operator.recover('cluster', 'show', '--context', 'dr');
    expect(peers.stdout).toMatch(/^prod .* alice +<none> +\d{4}-\d{2}-\d{2}T/m);
    const keys = (await keysOf('dr')).filter(({ cluster, use }) => cluster === 'prod' && use === 'Stamp');
    expect(new Set(keys.map(({ state }) => state))).toEqual(new Set(['Revoked']));
  });

  test('an owner recovers into the namespace that lived on, and the group is registered again as it was', async () => {
    const result = await alice.recover('stall', '--point', 'before-it', '--context', 'dr', '--yes');
    expect(result.stderr).not.toContain('Error');
    expect(result.exitCode).toBe(0);
    await expect.poll(() => idOf('stall'), { timeout: 20_000 }).toBe(before['stall']);
  });

  test('and so is one that its team registers over its namespaces, which live on', async () => {
    await registerGroup(alice, 'dr', 'shop', ['shop']);
    expect(await idOf('shop')).toBe(before['shop']);
    const points = await alice.recover('points', 'shop', '--context', 'dr');
    expect(points.stdout).toContain('before-it');
  });
});
