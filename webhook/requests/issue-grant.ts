import { randomName } from '../../api/digest.ts';
import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import { appGroupToken, TOKEN_LIFE_SECONDS } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import { clusterUrn } from '../../api/tokens/urns.ts';
import type { GroupView } from '../state/views.ts';

export interface GrantInput {
  readonly group: GroupView & { readonly id: string };
  readonly username: string;
  readonly publicKey: PublicJwk;
  readonly cluster: Cluster;
  readonly key: SigningKey;
  readonly now: Date;
}

/** Signs the app-group token: the group's ownership data, for this user and the holder of this key, for 15 minutes. */
export const issueGrant = ({ group, username, publicKey, cluster, key, now }: GrantInput): Promise<string> => {
  const iat = Math.floor(now.getTime() / 1000);
  const { kty, crv, x, y } = publicKey;
  return signToken(
    appGroupToken,
    {
      iss: clusterUrn(cluster.id),
      sub: username,
      iat,
      exp: iat + TOKEN_LIFE_SECONDS.grant,
      jti: randomName(),
      cnf: { jwk: { kty, crv, x, y } },
      group: { id: group.id, namespace: group.namespace, name: group.name },
      namespaces: group.claimed.map(({ name, uid }): [string, string] => [name, uid]),
      owners: [...group.owners],
      ...(group.destinations === undefined ? {} : { destinations: [...group.destinations] }),
      lineage: [cluster.id],
      cluster,
    },
    key,
  );
};
