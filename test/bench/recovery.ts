// npm run bench:recovery -- [--count 200] [--clients 20]: how long the catalogue's part of a recovery takes.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { findCondition } from '../../api/kinds/condition.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { reportToStderr as report } from '../clusters/reporter.ts';
import { waitUntil } from '../clusters/wait-until.ts';
import { clientOf } from '../environment/api-user.ts';
import { deployPlain } from '../environment/plain-application.ts';
import { type RecoveryEnvironment, startRecoveryEnvironment } from '../environment/recovery-environment.ts';
import { shippedCatalogue } from '../environment/shipped-catalogue.ts';
import { backUp } from '../environment/team-work.ts';
import { beginning, rendered, resultOf } from './result.ts';
import { type Run, runWaves } from './run-waves.ts';
import { Sightings } from './sightings.ts';
import type { Person } from './timed-recovery.ts';

const RESULTS = new URL('results/', import.meta.url);
const BACKUP = 'whole';

const positive = (option: string, text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${option} "${text}" is no number of things`);
  return value;
};

const readOptions = () => {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '200' }, clients: { type: 'string', default: '20' } },
  });
  return { count: positive('count', values.count), clients: positive('clients', values.clients) };
};

/** A user with a namespace and a group in it, both of one name, so that nobody waits for anybody else. */
const settle = async ({ clusters: { prod } }: RecoveryEnvironment, user: string, name: string): Promise<Person> => {
  await deployPlain(prod, user, name);
  const client = clientOf(await prod.kubeconfigFor(user));
  const at = { name, namespace: name };
  await client.create(OWN.applicationGroups, {
    apiVersion: GROUP_VERSION,
    kind: 'ApplicationGroup',
    metadata: at,
    spec: { namespaces: [name], owners: [{ kind: 'User', name: user }] },
  });
  await waitUntil(
    `group "${name}" ready`,
    async () => {
      const { status } = await client.get(OWN.applicationGroups, at);
      return findCondition(status?.conditions, 'Ready')?.status === 'True';
    },
    { timeoutSeconds: 20 },
  );
  return { client, group: `${name}/${name}` };
};

const settleMany = async (environment: RecoveryEnvironment, clients: number): Promise<Person[]> => {
  const people: Person[] = [];
  for (let number = 1; number <= clients; number += 1) {
    people.push(await settle(environment, `user-${number}`, `shop-${number}`));
  }
  return people;
};

const measure = async (environment: RecoveryEnvironment, count: number, clients: number): Promise<[Run, Run]> => {
  const { prod } = environment.clusters;
  const operator = clientOf(prod.adminKubeconfigPath);
  const alice = await settle(environment, 'alice', 'shop');
  const others = await settleMany(environment, clients);
  const phase = await backUp(prod, BACKUP);
  if (phase !== 'Completed') throw new Error(`the backup ended as ${phase}`);
  const requests = new Sightings(operator, OWN.accessRequests);
  const recoveries = new Sightings(operator, OWN.recoveries);
  try {
    await Promise.all([requests.start(), recoveries.start()]);
    const course = { backup: BACKUP, cluster: prod.clusterId, requests, recoveries };
    const shared = { count, course, catalogue: environment.catalogues.prod, report };
    const oneClient = await runWaves({ ...shared, name: '1 client', people: [alice] });
    const manyClients = await runWaves({ ...shared, name: `${clients} clients`, people: others });
    return [oneClient, manyClients];
  } finally {
    await Promise.all([requests.stop(), recoveries.stop()]);
    await Promise.all([operator, alice.client, ...others.map(({ client }) => client)].map(client => client.close()));
  }
};

const { count, clients } = readOptions();
const begun = beginning();
const program = await shippedCatalogue();
const environment = await startRecoveryEnvironment({ report, catalogue: { program } });
try {
  const result = resultOf(await measure(environment, count, clients), begun);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL('recovery.json', RESULTS), `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(rendered(result));
} catch (error) {
  await environment.stop({ keep: true });
  throw error;
}
await environment.stop();
await rm(dirname(program.at(-1) ?? ''), { recursive: true });
