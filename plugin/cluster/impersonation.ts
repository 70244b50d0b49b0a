import type { ConnectionFlags } from './connection-flags.ts';

/** Whom a request is to act as: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
export interface Impersonation {
  readonly user?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Of KEY=VALUE; a key that stands twice has two values. */
const extraOf = (pairs: readonly string[]): Impersonation['extra'] => {
  const split = pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const);
  return Object.fromEntries(
    split.map(([key]) => [key, split.filter(([other]) => other === key).map(([, value]) => value)]),
  );
};

/** The flags over what the kubeconfig says, one by one, as kubectl has it. */
export const impersonationOf = (flags: ConnectionFlags, inKubeconfig: Impersonation): Impersonation => ({
  user: flags.as ?? inKubeconfig.user,
  groups: flags.asGroup?.length ? flags.asGroup : inKubeconfig.groups,
  uid: flags.asUid ?? inKubeconfig.uid,
  extra: flags.asUserExtra?.length ? extraOf(flags.asUserExtra) : inKubeconfig.extra,
});

/** A header name carries what is no token of RFC 9110, and %, in percent-encoding. */
const escapeKey = (key: string): string =>
  [...Buffer.from(key, 'utf8')]
    .map(byte => {
      const character = String.fromCharCode(byte);
      return /^[\w!#$&'*+.^`|~-]$/.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
    })
    .join('');

/** As client-go sends it: each group and each value of an extra in a header of its own. */
export const impersonationHeaders = ({
  user,
  groups = [],
  uid,
  extra = {},
}: Impersonation): Record<string, string | readonly string[]> => ({
  ...(user === undefined ? {} : { 'Impersonate-User': user }),
  ...(groups.length === 0 ? {} : { 'Impersonate-Group': groups }),
  ...(uid === undefined ? {} : { 'Impersonate-Uid': uid }),
  ...Object.fromEntries(
    Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${escapeKey(key)}`, values] as const),
  ),
});
