import type { ApplicationGroup } from '../../api/kinds/application-group.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { Destination, Owner } from '../../api/kinds/group-parts.ts';
import { isAlreadyExists } from '../../api/kubernetes/api-error.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { poll } from '../cluster/poll.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface GroupCreateFlags {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly owners: readonly string[];
  readonly destinations: readonly string[];
  readonly dryRun: 'none' | 'client' | 'server';
}

const usage = (message: string, mend: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend });

/** `user:NAME`, `group:NAME` or `serviceaccount:NAMESPACE/NAME`; names may hold colons themselves. */
export const parseOwner = (text: string): Owner => {
  const [, kind, name] = /^(user|group|serviceaccount):(.+)$/.exec(text) ?? [];
  if (kind === undefined || name === undefined) {
    throw usage(`"${text}" is no owner`, 'write user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME');
  }
  if (kind !== 'serviceaccount') return { kind: kind === 'user' ? 'User' : 'Group', name };
  const [namespace, account, ...rest] = name.split('/');
  if (!namespace || !account || rest.length > 0) {
    throw usage(`"${text}" is no service account`, 'write serviceaccount:NAMESPACE/NAME');
  }
  return { kind: 'ServiceAccount', name: account, namespace };
};

/** `cluster:ID` or `place:CLOUD/REGION`. */
export const parseDestination = (text: string): Destination => {
  const [, clusterID] = /^cluster:([0-9a-f-]{36})$/.exec(text) ?? [];
  if (clusterID !== undefined) return { clusterID };
  const [, cloud, region] = /^place:([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (cloud !== undefined && region !== undefined) return { cloud, region };
  throw usage(
    `"${text}" is no destination`,
    'write cluster:ID (see kubectl recover cluster show) or place:CLOUD/REGION',
  );
};

const SETTLE_MS = 10_000;

const waitUntilSettled = (access: ClusterAccess, group: ApplicationGroup, { io }: CommandContext) => {
  const { name, namespace } = group.metadata;
  return poll(
    io,
    async () => {
      const current = await access.call(client => client.get(OWN.applicationGroups, { name, namespace }));
      return findCondition(current.status?.conditions, 'Ready') ? current : undefined;
    },
    {
      timeoutMs: SETTLE_MS,
      onTimeout: () =>
        new RecoverError({
          code: 'CatalogueMissing',
          message: `group "${namespace}/${name}" was written, but the catalogue has not looked at it yet`,
          mend: `see: kubectl get applicationgroup ${name} -n ${namespace}`,
        }),
    },
  );
};

const create = async (access: ClusterAccess, group: ApplicationGroup, dryRun: boolean) => {
  const { name, namespace } = group.metadata;
  try {
    return await access.call(client => client.create(OWN.applicationGroups, group, { dryRun }));
  } catch (error) {
    if (!(error instanceof RecoverError) || !isAlreadyExists(error.cause)) throw error;
    throw new RecoverError({
      code: 'UsageError',
      message: `application group "${namespace}/${name}" exists already`,
      mend: `change it with: kubectl edit applicationgroup ${name} -n ${namespace}`,
    });
  }
};

/** `kubectl recover group create NAME`: registers namespaces as one group, and waits until they are claimed. */
export const groupCreate = async (flags: GroupCreateFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const [first] = flags.namespaces;
  if (first === undefined || flags.owners.length === 0) {
    throw usage('a group needs namespaces and owners', 'give --namespaces A,B and --owner user:NAME or group:NAME');
  }
  const group: ApplicationGroup = {
    apiVersion: GROUP_VERSION,
    kind: 'ApplicationGroup',
    metadata: { name: flags.name, namespace: connection.namespace ?? first },
    spec: {
      namespaces: [...flags.namespaces],
      owners: flags.owners.map(parseOwner),
      ...(flags.destinations.length === 0 ? {} : { destinations: flags.destinations.map(parseDestination) }),
    },
  };
  if (flags.dryRun === 'client') {
    io.stdout.write(structured(group, isStructured(output) ? output : 'yaml'));
    return EXIT.success;
  }
  const access = connect(connection, connection.context, io);
  try {
    const created = await create(access, group, flags.dryRun === 'server');
    const named = `applicationgroup.kubectl-recover.io/${flags.name}`;
    if (flags.dryRun === 'server') {
      if (isStructured(output)) io.stdout.write(structured(created, output));
      else if (output === 'name') io.stdout.write(`${named}\n`);
      tell(context, `${named} would be created (dry run)`);
      return EXIT.success;
    }
    const settled = await waitUntilSettled(access, created, context);
    const ready = findCondition(settled.status?.conditions, 'Ready');
    if (isStructured(output)) io.stdout.write(structured(settled, output));
    else io.stdout.write(`${named}${output === 'name' ? '' : ' created'}\n`);
    if (ready?.status === 'True')
      tell(context, `claimed: ${(settled.status?.namespaces ?? []).map(({ name }) => name).join(', ')}`);
    else tell(context, `not ready: ${ready?.message}`);
    return EXIT.success;
  } finally {
    await access.close();
  }
};
