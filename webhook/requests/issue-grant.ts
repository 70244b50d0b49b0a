import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import { appGroupToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import type { GroupView } from '../state/views.ts';
import { grantLife } from './grant-life.ts';
import type { PreparedLife } from './prepared-grant.ts';

export interface GrantInput {
  readonly group: GroupView & { readonly id: string };
  readonly username: string;
  readonly publicKey: PublicJwk;
  readonly cluster: Cluster;
  /** Clusters whose stamps of the group count here. */
  readonly lineage: readonly string[];
  readonly key: SigningKey;
  readonly now: Date;
  readonly prepared?: PreparedLife | undefined;
}

/** Signs the app-group token: the group's ownership data, for this user and the holder of this key. */
export const issueGrant = ({
  group,
  username,
  publicKey,
  cluster,
  lineage,
  key,
  now,
  prepared,
}: GrantInput): Promise<string> =>
  signToken(
    appGroupToken,
    {
      ...grantLife({ issuer: cluster, username, publicKey, now, prepared }),
      group: { id: group.id, namespace: group.namespace, name: group.name },
      namespaces: group.claimed.map(({ name, uid }): [string, string] => [name, uid]),
      owners: [...group.owners],
      ...(group.destinations === undefined ? {} : { destinations: [...group.destinations] }),
      ...(group.activeSince === undefined ? {} : { activeSince: group.activeSince }),
      lineage: [...lineage],
      cluster,
    },
    key,
  );
