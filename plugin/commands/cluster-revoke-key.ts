import type { ClusterIdentity, ClusterKey } from '../../api/kinds/cluster-identity.ts';
import type { Stored } from '../../api/kinds/object-meta.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { announcedKeys, peerKeys } from '../../api/peer-keys.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { writerRole } from '../cluster/lacking-right.ts';
import { needingRole } from '../cluster/needing-role.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { isStructured, structured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';

export interface RevokeKeyFlags {
  /** Name of the ClusterIdentity. */
  readonly name: string;
  /** The key's name, or how it begins, without a leading hyphen. */
  readonly key: string;
  readonly reason: string;
  readonly dryRun: 'none' | 'client' | 'server';
}

/** So much of a thumbprint is typed by nobody by mistake. */
const SHORTEST_PREFIX = 8;

const findIdentity = async (access: ClusterAccess, name: string): Promise<Stored<ClusterIdentity>> => {
  const identity = await access.call(client => client.find(OWN.clusterIdentities, { name }));
  if (identity !== undefined) return identity;
  throw new RecoverError({
    code: 'NotFound',
    message: `cluster "${access.context}" has no peer "${name}"`,
    mend: `its peers: kubectl recover cluster show --context ${shellWord(access.context)}`,
  });
};

const findKey = (identity: ClusterIdentity, named: string, context: string): ClusterKey => {
  const isSelf = identity.metadata.name === SELF_IDENTITY;
  const keys = isSelf ? (identity.status?.keys ?? []) : announcedKeys(identity);
  // A thumbprint may begin with a hyphen, and what begins with one is taken for a flag.
  const found = keys.filter(({ kid }) => {
    const bare = kid.replace(/^-+/, '');
    return kid === named || (named.length >= SHORTEST_PREFIX && bare.startsWith(named));
  });
  const [key] = found;
  if (key !== undefined && found.length === 1) return key;
  throw new RecoverError({
    code: 'NotFound',
    message: `"${identity.metadata.name}" has ${found.length === 0 ? 'no key' : 'several keys'} "${named}" in cluster "${context}"`,
    mend: `see kubectl recover cluster keys --context ${shellWord(context)}; ${SHORTEST_PREFIX} characters are enough, without a leading hyphen`,
  });
};

/** Keys that counted because the revoked one had announced them. */
const fallen = (before: ClusterIdentity, keys: ClusterKey[]): string[] => {
  const counted = new Set(peerKeys(before).flatMap(({ kid, state }) => (state === 'Revoked' ? [] : [kid])));
  const written = new Set(keys.map(({ kid }) => kid));
  return peerKeys({ ...before, spec: { ...before.spec, keys } }).flatMap(({ kid, state }) =>
    state === 'Revoked' && counted.has(kid) && !written.has(kid) ? [kid] : [],
  );
};

const tellConsequences = (
  identity: ClusterIdentity,
  { kid, use, state }: ClusterKey,
  keys: ClusterKey[],
  context: CommandContext,
): void => {
  const { name } = identity.metadata;
  const also = name === SELF_IDENTITY ? [] : fallen(identity, keys);
  tell(context, `nothing that key ${kid} has signed counts here any more`);
  if (also.length > 0) {
    tell(context, `nor do the keys that it announced: ${also.join(', ')}; honest ones: kubectl recover cluster trust`);
  }
  if (use === 'Stamp') {
    tell(context, 'points it stamped are taken over one by one: kubectl recover stamp BACKUP --reattest --reason TEXT');
  }
  if (name !== SELF_IDENTITY) return;
  if (state === 'Active') tell(context, 'the catalogue makes another key within seconds, which no peer knows yet');
  tell(context, 'in each peer revoke it too, and run: kubectl recover cluster trust');
};

/** `kubectl recover cluster revoke-key`: a key counts no more, whatever time a token of it names. */
export const revokeKey = async (flags: RevokeKeyFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const access = connect(connection, connection.context, io);
  const asWriter = <Answer>(act: () => Promise<Answer>) => needingRole(writerRole(flags), access, act);
  try {
    const identity = await asWriter(() => findIdentity(access, flags.name));
    const key = findKey(identity, flags.key, access.context);
    if (key.state === 'Revoked') {
      tell(context, `key ${key.kid} of "${flags.name}" is revoked already`);
      return EXIT.success;
    }
    const revoked = { reason: flags.reason, since: new Date(io.clock()).toISOString() };
    const others = (identity.spec.keys ?? []).filter(({ kid }) => kid !== key.kid);
    const keys: ClusterKey[] = [...others, { ...key, state: 'Revoked', revoked }];
    if (flags.dryRun === 'client') {
      io.stdout.write(structured({ spec: { keys } }, isStructured(output) ? output : 'yaml'));
      return EXIT.success;
    }
    const dryRun = flags.dryRun === 'server';
    // The list is written as a whole: against the version it was read at, so that no other change is lost.
    const { name, resourceVersion } = identity.metadata;
    const patch = { metadata: { resourceVersion }, spec: { keys } };
    const patched = await asWriter(() =>
      access.call(client => client.mergePatch(OWN.clusterIdentities, { name }, patch, { dryRun })),
    );
    const named = `clusteridentity.kubectl-recover.io/${name}`;
    if (isStructured(output)) io.stdout.write(structured(patched, output));
    else if (output === 'name') io.stdout.write(`${named}\n`);
    else io.stdout.write(`${named} ${dryRun ? 'would be patched (dry run)' : 'patched'}\n`);
    if (!dryRun) tellConsequences(identity, key, keys, context);
    return EXIT.success;
  } finally {
    await access.close();
  }
};
