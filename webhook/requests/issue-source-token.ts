import type { Cluster } from '../../api/kinds/group-parts.ts';
import type { PublicJwk } from '../../api/kinds/jwk.ts';
import { sourceClusterToken } from '../../api/tokens/kinds.ts';
import { type SigningKey, signToken } from '../../api/tokens/sign-token.ts';
import type { FormerSubject } from './find-former-group.ts';
import { grantLife } from './grant-life.ts';
import type { PreparedLife } from './prepared-grant.ts';

export interface SourceTokenInput {
  readonly subject: FormerSubject;
  readonly username: string;
  readonly publicKey: PublicJwk;
  /** This cluster, which vouches: the source itself, or the destination for one that is lost. */
  readonly self: Cluster;
  /** Clusters whose stamps of the group count here. */
  readonly lineage: readonly string[];
  readonly key: SigningKey;
  readonly now: Date;
  readonly prepared?: PreparedLife | undefined;
}

/** Signs the source cluster token: the ownership data of the newest stamp, and that there is nobody else to ask. */
export const issueSourceToken = ({
  subject,
  username,
  publicKey,
  self,
  lineage,
  key,
  now,
  prepared,
}: SourceTokenInput): Promise<string> => {
  const { group, cluster, stamp, because } = subject;
  return signToken(
    sourceClusterToken,
    {
      ...grantLife({ issuer: self, username, publicKey, now, prepared }),
      group: { id: group.id, namespace: group.namespace, name: group.name },
      namespaces: group.namespaces,
      owners: group.owners,
      ...(group.destinations === undefined ? {} : { destinations: group.destinations }),
      ...(group.activeSince === undefined ? {} : { activeSince: group.activeSince }),
      lineage: [...lineage],
      cluster,
      stamp,
      ...(because.kind === 'absent'
        ? { absent: { observedAt: now.toISOString() } }
        : { lost: { since: because.since } }),
    },
    key,
  );
};
