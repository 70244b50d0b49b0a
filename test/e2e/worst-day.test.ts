import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { readMeter } from '../bench/catalogue-meter.ts';
import { rushText, watchRush } from '../bench/rush.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { clientOf } from '../environment/api-user.ts';
import { atMost } from '../environment/at-most.ts';
import { keptRefusals } from '../environment/kept-refusal.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { quietReporter } from '../environment/quiet-reporter.ts';
import {
  type RecoveryEnvironment,
  startRecoveryEnvironment,
  type TestUser,
} from '../environment/recovery-environment.ts';
import { adminBinding } from '../environment/sample-application.ts';
import { shippedCatalogue } from '../environment/shipped-catalogue.ts';
import { namespaceUid, type Snapshot, snapshots } from '../environment/snapshot.ts';
import { backUp, registerGroup, syncBackups } from '../environment/team-work.ts';
import { deployTeams, ownerOf, registerTeams, type Team, teamNames, teamsOf } from '../environment/teams.ts';

/** The days it is for: the group is gone, its namespaces are gone, its cluster is gone. */

let environment: RecoveryEnvironment;
/** The catalogue as it is shipped, since its memory is measured. */
let program: readonly string[];
let alice: TestUser;
let bob: TestUser;
/** Sixty, beside Alice and Bob, of whom the tests tell one by one. */
let teams: readonly Team[];
/** Of those whom something keeps from recovering. */
let books: Team;
let crm: Team;
let wiki: Team;
let before: Readonly<Record<string, Snapshot>>;
/** IDs of the sixty groups. */
let groupIds: Readonly<Record<string, string>>;

const TEAMS = teamNames(60);
const SECRETS = resourceType('v1', 'Secret', 'secrets', true);
const OTHERS = ['books', 'crm', 'wiki'] as const;
/** The owner of `crm` is not among them. */
const MAPPED = ['alice', 'bob', ownerOf('team-*'), ownerOf('books'), ownerOf('wiki')].join(',');

const groupIdOf = async (namespace: string): Promise<string> =>
  environment.clusters.prod.kubectl('get', 'appgroup', namespace, '-n', namespace, '-o', 'jsonpath={.status.groupID}');

const contentOf = (cluster: Cluster, namespace: string): Promise<string> =>
  cluster.kubectl(
    ...['get', 'configmap', 'settings', '-n', namespace, '--ignore-not-found', '-o', 'jsonpath={.data.of}'],
  );

/** IDs of the sixty groups that are registered in a cluster, by name. */
const groupIdsIn = async (cluster: Cluster): Promise<Readonly<Record<string, string>>> => {
  const columns = 'jsonpath={range .items[*]}{.metadata.name} {.status.groupID}{"\\n"}{end}';
  const lines = (await cluster.kubectl('get', 'applicationgroups', '-A', '-o', columns)).trim().split('\n');
  const all = Object.fromEntries(lines.map(line => line.split(' ')));
  return Object.fromEntries(TEAMS.map(name => [name, all[name] ?? '']));
};

const expectRefusal = keptRefusals('worst-day');

const setOwners = (team: Team, ...names: readonly string[]): Promise<string> => {
  const spec = { owners: names.map(name => ({ kind: 'User', name: ownerOf(name) })) };
  const patch = ['--type=merge', '-p', JSON.stringify({ spec })];
  return team.owner.kubectl('prod', 'patch', 'applicationgroup', team.name, '-n', team.name, ...patch);
};

const named = (all: readonly Team[], name: string): Team => {
  const team = all.find(each => each.name === name);
  if (team === undefined) throw new TypeError(`there is no team "${name}"`);
  return team;
};

beforeAll(async () => {
  program = await shippedCatalogue();
  environment = await startRecoveryEnvironment({ report: quietReporter, catalogue: { program } });
  const { prod, dr } = environment.clusters;
  [alice, bob] = await Promise.all([environment.user('alice'), environment.user('bob')]);
  await deployPlain(prod, 'alice', 'shop');
  await deployPlain(prod, 'bob', 'mail');
  await deployTeams(prod, [...TEAMS, ...OTHERS]);
  const all = await teamsOf(environment, [...TEAMS, ...OTHERS]);
  teams = TEAMS.map(name => named(all, name));
  [books, crm, wiki] = [named(all, 'books'), named(all, 'crm'), named(all, 'wiki')];
  // A cluster that is built anew where the old one was has another ID, and the same place.
  const home = `place:${prod.place.cloud}/${prod.place.region}`;
  const destination = ['--destination', `cluster:${dr.clusterId}`, '--destination', home];
  await registerGroup(alice, 'prod', 'shop', ['shop'], ...destination);
  await registerGroup(bob, 'prod', 'mail', ['mail'], ...destination);
  await registerTeams(prod, all, ...destination);
  before = await snapshots(prod, [...TEAMS, 'books']);
  groupIds = await groupIdsIn(prod);

  await prod.velero('schedule', 'create', 'nightly', '--schedule', '0 3 * * *');
  await setOwners(books, 'books', 'wiki');
  expect(await backUp(prod, 'the-night-before', '--from-schedule', 'nightly')).toBe('Completed');
  await setOwners(books, 'books');
  expect(await backUp(prod, 'last-night', '--from-schedule', 'nightly')).toBe('Completed');
  await syncBackups(environment, 'dr', 'last-night');
  const trust = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr', '--users', MAPPED];
  expect((await environment.operator.recover(...trust)).exitCode).toBe(0);
});

afterAll(async () => {
  await environment?.stop();
  if (program !== undefined) await rm(dirname(program.at(-1) ?? ''), { recursive: true });
});

let groupId: string;

describe('an owner deletes the only namespace of the group, the registration in it', () => {
  test('the group is listed no more, and a stranger learns nothing', async () => {
    const { prod } = environment.clusters;
    groupId = await groupIdOf('shop');
    await prod.kubectl('delete', 'namespace', 'shop', '--wait=true');
    const result = await bob.recover('shop', '--latest', '--context', 'prod', '--yes');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('NotOwner');
  });

  test('the owner as of the newest backup recovers it, with nothing but her login', async () => {
    const { prod } = environment.clusters;
    const result = await alice.recover('shop', '--latest', '--context', 'prod', '--yes');
    expect(result.stderr).toContain('the group is gone from cluster "prod"; owners as of');
    expect(result.exitCode).toBe(0);
    expect(await contentOf(prod, 'shop')).toBe('shop');
    expect(await alice.kubectl('prod', 'auth', 'can-i', 'create', 'rolebindings', '-n', 'shop')).toContain('yes');
    expect(await namespaceUid(prod, 'shop')).not.toBe('');
  });

  test('it is registered again with it: the same group, with its old points', async () => {
    await expect.poll(() => groupIdOf('shop')).toBe(groupId);
    const points = await alice.recover('points', 'shop', '--context', 'prod');
    expect(points.stdout).toMatch(/last-night\s.*Yes/);
  });
});

describe('the source cluster is gone, with all that ran there', () => {
  test('nothing of it answers, and logins of it are of no use', async () => {
    const { catalogues, clusters } = environment;
    await catalogues.prod.stop();
    await clusters.prod.stop();
    expect([...clusters.prod.programs.values()].map(program => program.pid)).not.toContainEqual(expect.any(Number));
    await expect(environment.operator.kubectl('prod', 'get', 'namespaces', '--request-timeout=5s')).rejects.toThrow();
    const fromProd = ['shop', '--latest', '--from-context', 'prod', '--context', 'dr', '--yes'];
    await expectRefusal(alice, 'source-unreachable', 1, ...fromProd);
  });

  test('while it is not declared lost, its owner is told what to do', async () => {
    await expectRefusal(alice, 'source-not-lost', 3, 'shop', '--latest', '--context', 'dr', '--yes');
    expect(await namespaceUid(environment.clusters.dr, 'shop')).toBe('');
  });

  test('an owner cannot declare it lost; an operator can, and it is seen', async () => {
    const { dr } = environment.clusters;
    const args = ['cluster', 'declare-lost', 'prod', '--reason', 'the region burnt down', '--context', 'dr'];
    await expectRefusal(alice, 'declare-lost-forbidden', 1, ...args);
    const misspelt = ['cluster', 'declare-lost', 'prud', '--reason', 'gone', '--context', 'dr'];
    await expectRefusal(environment.operator, 'declare-lost-unknown', 4, ...misspelt);
    const declared = await environment.operator.recover(...args);
    expect(declared.stderr).toContain('owners of "prod" now recover with');
    expect(declared.exitCode).toBe(0);
    await expect
      .poll(() => dr.kubectl('get', 'events', '-n', 'default', '-o', 'jsonpath={.items[*].message}'))
      .toContain('the region burnt down');
    const seen = await environment.operator.recover('cluster', 'show', '--context', 'dr');
    expect(seen.stdout).toMatch(/LOST SINCE[\s\S]*prod.*20\d\d-/);
  });

  test('from then on each owner recovers alone, into their own', async () => {
    const { dr } = environment.clusters;
    for (const [owner, name] of [
      [alice, 'shop'],
      [bob, 'mail'],
    ] as const) {
      const result = await owner.recover(name, '--latest', '--context', 'dr', '--yes');
      expect(result.stderr).toContain('is lost since');
      expect(result.exitCode).toBe(0);
      expect(await contentOf(dr, name)).toBe(name);
      expect(await owner.kubectl('dr', 'auth', 'can-i', 'create', 'rolebindings', '-n', name)).toContain('yes');
    }
  });

  test('and is the owner of the same group there', async () => {
    const { dr } = environment.clusters;
    const idInDr = () => dr.kubectl('get', 'appgroup', 'shop', '-n', 'shop', '-o', 'jsonpath={.status.groupID}');
    await expect.poll(idInDr).toBe(groupId);
    const owned = await alice.recover('group', 'list', '--context', 'dr');
    expect(owned.stdout).toMatch(/^shop\s/m);
    expect(owned.stdout).not.toContain('mail');
  });

  describe('who does not get anything is told why, and what to do', () => {
    const recover = (name: string, ...more: readonly string[]) => [
      name,
      '--latest',
      '--context',
      'dr',
      '--yes',
      ...more,
    ];

    test('a stranger', () => expectRefusal(bob, 'stranger', 3, ...recover('shop')));

    test('who owned it once, and not when it was last backed up, not even from an older point', async () => {
      await expectRefusal(wiki, 'former-owner', 3, 'books', '--point', 'the-night-before', '--context', 'dr', '--yes');
    });

    test('whose name means nobody here', () => expectRefusal(crm, 'not-mapped', 3, ...recover('crm')));

    test('who asks for a time before there was a backup', async () => {
      await expectRefusal(books, 'no-point', 4, 'books', '--at', '2020-01-01T00:00:00Z', '--context', 'dr', '--yes');
    });

    test('whose namespace is somebody else’s in this cluster', async () => {
      await deployPlain(environment.clusters.dr, 'a-team-of-dr', 'wiki');
      await expectRefusal(wiki, 'namespace-taken', 3, ...recover('wiki'));
      expect(await contentOf(environment.clusters.dr, 'wiki')).toBe('wiki');
    });

    test('who would prepare for later what is recovered at once', async () => {
      const { clusterId } = environment.clusters.dr;
      const args = [
        'prepare',
        'books',
        '--latest',
        '--context',
        'dr',
        '--to-cluster',
        clusterId,
        '-o',
        '/none/books.yaml',
      ];
      await expectRefusal(books, 'prepare-of-a-lost-cluster', 3, ...args);
    });

    test('whose points Velero cannot reach', async () => {
      const { clusters, environment: around } = environment;
      const location = ['backupstoragelocation', 'prod', '-n', 'velero'];
      const phase = () => clusters.dr.kubectl('get', ...location, '-o', 'jsonpath={.status.phase}');
      const patch = JSON.stringify({ spec: { validationFrequency: '1s' } });
      await clusters.dr.kubectl('patch', ...location, '--type=merge', '-p', patch);
      await around.objectStore?.program.stop();
      try {
        await expect.poll(phase).toBe('Unavailable');
        const harmless = [...recover('books'), '--dry-run=server'];
        await expect.poll(async () => (await books.recover(...harmless)).exitCode).not.toBe(0);
        await expectRefusal(books, 'location-unavailable', 3, ...recover('books'));
      } finally {
        await around.objectStore?.program.start();
      }
      await expect.poll(phase).toBe('Available');
    });
  });

  test('sixty owners at once recover their own, and nobody another’s', async () => {
    const { dr } = environment.clusters;
    const operator = clientOf(dr.adminKubeconfigPath);
    const rush = await watchRush(operator);
    const results = await Promise.all(
      teams.map(async (team, index) => {
        const own = await team.recover(team.name, '--latest', '--context', 'dr', '--yes');
        const neighbour = TEAMS[(index + 1) % TEAMS.length] ?? '';
        const others = await team.recover(neighbour, '--latest', '--context', 'dr', '--yes');
        return { name: team.name, own, others };
      }),
    );
    quietReporter(rushText(rush.read(), await readMeter(environment.catalogues.dr)));
    await Promise.all([rush.stop(), operator.close()]);

    expect(results.filter(({ own }) => own.exitCode !== 0)).toEqual([]);
    expect(results.filter(({ others }) => others.exitCode !== 3 || !others.stderr.includes('NotOwner'))).toEqual([]);
    expect(await snapshots(dr, TEAMS)).toEqual(Object.fromEntries(TEAMS.map(name => [name, before[name]])));
  }, 900_000);

  test('each owner has rights in the own namespace and none in another’s', async () => {
    const rights = await atMost(8, teams, async ({ name, owner }) => {
      const client = clientOf(owner.kubeconfigs.dr);
      const read = (namespace: string) =>
        client.get(SECRETS, { namespace, name: 'account' }).then(
          () => 'read',
          (error: unknown) => (error instanceof ApiError ? error.reason : 'unknown'),
        );
      const verdicts = [await read(name), await read('shop'), await read(name === 'team-01' ? 'team-02' : 'team-01')];
      await client.close();
      return verdicts.join(' ');
    });
    expect(new Set(rights)).toEqual(new Set(['read Forbidden Forbidden']));
  });
});

describe('where they were recovered, the groups live now', () => {
  test('each as the one it was', async () => {
    await expect.poll(() => groupIdsIn(environment.clusters.dr)).toEqual(groupIds);
  });

  test('and the next backup holds a point of each, for its owner', async () => {
    const { dr } = environment.clusters;
    await dr.kubectl('wait', '--for=condition=Ready', 'applicationgroups', '--all', '-A', '--timeout=60s');
    await dr.velero('schedule', 'create', 'nightly', '--schedule', '0 3 * * *');
    expect(await backUp(dr, 'first-in-dr', '--from-schedule', 'nightly')).toBe('Completed');
    const listed = await atMost(8, teams, ({ name, recover }) => recover('points', name, '--context', 'dr'));
    expect(listed.filter(({ stdout }) => !/first-in-dr\s.*Yes/.test(stdout))).toEqual([]);
  });
});

describe('the source cluster is built anew, under its old name', () => {
  let rebuilt: RecoveryEnvironment;
  const trust = ['cluster', 'trust', '--from-context', 'prod', '--context', 'dr'];

  beforeAll(async () => {
    rebuilt = await environment.rebuild('prod');
  });

  afterAll(async () => {
    await rebuilt?.catalogues.prod.stop();
  });

  test('it is another cluster, and does not take the place of the old one', async () => {
    expect(rebuilt.clusters.prod.clusterId).not.toBe(environment.clusters.prod.clusterId);
    await expectRefusal(rebuilt.operator, 'peer-name-taken', 3, ...trust);
    expect((await rebuilt.operator.recover(...trust, '--name', 'prod-2', '--users', MAPPED)).exitCode).toBe(0);
  });

  test('a policy of the API server holds the ID of a peer, whoever writes', async () => {
    const patch = ['--type=merge', '-p', JSON.stringify({ spec: { clusterID: rebuilt.clusters.prod.clusterId } })];
    await expect(rebuilt.operator.kubectl('dr', 'patch', 'clusteridentity', 'prod', ...patch)).rejects.toThrow(
      'spec.clusterID does not change',
    );
  });

  test('told of the old one, as the other cluster knows it, it gives owners what is still in the bucket', async () => {
    const { operator, clusters } = rebuilt;
    const { spec } = JSON.parse(await operator.kubectl('dr', 'get', 'clusteridentity', 'prod', '-o', 'json'));
    const apiVersion = 'kubectl-recover.io/v1alpha1';
    await clusters.prod.apply({ apiVersion, kind: 'ClusterIdentity', metadata: { name: 'old-prod' }, spec });
    const owner = named(await teamsOf(rebuilt, ['books']), 'books');
    await syncBackups(rebuilt, 'prod', 'last-night');
    await expect.poll(async () => (await owner.recover('points', 'books', '--context', 'prod')).exitCode).toBe(0);
    const result = await owner.recover('books', '--latest', '--context', 'prod', '--yes');
    expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('is lost since') });
    expect(await snapshots(clusters.prod, ['books'])).toEqual({ books: before['books'] });
  });

  test('into what a pipeline made anew there owners recover once they claim it, and nobody else claims it', async () => {
    const { clusters } = rebuilt;
    const [owner, neighbour] = await teamsOf(rebuilt, ['team-50', 'team-51']);
    if (owner === undefined || neighbour === undefined) throw new TypeError('there are no such teams');
    const claim = ['group', 'claim', 'team-50', '--context', 'prod'];
    await clusters.prod.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-50' } });
    const tried = async (who: Team) => (await who.recover(...claim, '--dry-run=server')).stderr;
    await expect.poll(() => tried(owner)).toContain('NamespaceAdminRequired');
    await expectRefusal(owner, 'claim-without-a-right', 3, ...claim);
    // Who made the namespace is its admin, and was no owner of what was there.
    await clusters.prod.apply(adminBinding('team-50', ownerOf('team-51')));
    await expectRefusal(neighbour, 'claim-by-a-stranger', 3, ...claim);
    await clusters.prod.kubectl('delete', 'rolebinding', `admin-${ownerOf('team-51')}`, '-n', 'team-50');
    await clusters.prod.apply(adminBinding('team-50', ownerOf('team-50')));
    const recover = ['team-50', '--latest', '--context', 'prod', '--yes'];
    expect((await owner.recover(...recover)).stderr).toContain('kubectl recover group claim team-50');
    const claimed = await owner.recover(...claim);
    expect(claimed.stderr).toContain(`team-50/team-50 is group ${groupIds['team-50']}, with team-50`);
    expect(claimed.exitCode).toBe(0);
    await expect.poll(async () => (await groupIdsIn(clusters.prod))['team-50']).toBe(groupIds['team-50']);
    const recovered = await owner.recover(...recover);
    expect(recovered.stderr).not.toContain('Error');
    expect(recovered.exitCode).toBe(0);
    expect(await snapshots(clusters.prod, ['team-50'])).toEqual({ 'team-50': before['team-50'] });
    expect((await neighbour.recover(...recover)).stderr).toContain('NotOwner');
  });

  test('before an operator says who took the groups over, the word of the other cluster is not taken', async () => {
    const trustDr = ['cluster', 'trust', '--from-context', 'dr', '--context', 'prod', '--users', MAPPED];
    expect((await rebuilt.operator.recover(...trustDr)).exitCode).toBe(0);
    const owner = named(await teamsOf(rebuilt, ['team-01']), 'team-01');
    const back = ['team-01', '--latest', '--from-context', 'dr', '--context', 'prod', '--yes'];
    await expectRefusal(owner, 'not-spoken-for', 3, ...back);
  });

  test('then owners recover back into it, object by object, as the groups that they were', async () => {
    const { operator, clusters } = rebuilt;
    const names = TEAMS.slice(0, 4);
    const speaks = ['cluster', 'trust', '--from-context', 'dr', '--context', 'prod', '--speaks-for', 'old-prod'];
    expect((await operator.recover(...speaks)).exitCode).toBe(0);
    await syncBackups(rebuilt, 'prod', 'first-in-dr');
    const results = await Promise.all(
      (await teamsOf(rebuilt, names)).map(({ name, recover }) =>
        recover(name, '--point', 'first-in-dr', '--from-context', 'dr', '--context', 'prod', '--yes'),
      ),
    );
    expect(results.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
    const pick = <Value>(all: Readonly<Record<string, Value>>) =>
      Object.fromEntries(names.map(name => [name, all[name]]));
    expect(await snapshots(clusters.prod, names)).toEqual(pick(before));
    await expect.poll(async () => pick(await groupIdsIn(clusters.prod))).toEqual(pick(groupIds));
  });
});

describe('the old source cluster is found again', () => {
  test('its groups speak for themselves', async () => {
    const found = await environment.operator.recover('cluster', 'declare-found', 'prod', '--context', 'dr');
    expect(found.exitCode).toBe(0);
    await expect
      .poll(async () => (await books.recover('books', '--latest', '--context', 'dr', '--yes')).stderr)
      .toContain('SourceNotLost');
  });
});
