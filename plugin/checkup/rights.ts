import { API_GROUP, REQUESTS_NAMESPACE, VERBS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import type { ExaminedCluster } from './examined-cluster.ts';
import { type Finding, failed, ok } from './finding.ts';
import { missingRight } from './missing-right.ts';

/** `resourceAttributes` of a SelfSubjectAccessReview. */
interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Absent: in all of them. */
  readonly namespace?: string;
}

interface AccessReview {
  readonly status?: { readonly allowed?: boolean };
}

export interface CallerRights {
  readonly createAccessRequests: boolean;
  readonly createRecoveries: boolean;
  /** The current namespace. */
  readonly namespace: string;
  readonly adminOfNamespace: boolean;
  /** Where Velero is; `undefined` stands for all namespaces, where nobody told. */
  readonly velero: readonly {
    readonly namespace: string | undefined;
    readonly operate: boolean;
    readonly bypass: boolean;
  }[];
}

const answer = (allowed: boolean): string => (allowed ? 'yes' : 'no');

export const judgeRights = (rights: CallerRights): Finding[] => {
  const lacking = [
    ...(rights.createAccessRequests ? [] : ['accessrequests']),
    ...(rights.createRecoveries ? [] : ['recoveries']),
  ];
  const recover =
    lacking.length === 0
      ? ok('you may ask for recoveries')
      : failed(
          `you may not create ${lacking.join(' and ')} in namespace "${REQUESTS_NAMESPACE}", as everybody should`,
          'an operator puts the RoleBinding "requester" there back with: kubectl recover install',
        );
  const inVelero = rights.velero.map(
    ({ namespace, operate, bypass }) =>
      `${namespace === undefined ? 'all namespaces' : `namespace "${namespace}"`}: operate ${answer(operate)}, bypass ${answer(bypass)}`,
  );
  return [
    recover,
    ok(`admin of namespace "${rights.namespace}", to register groups: ${answer(rights.adminOfNamespace)}`),
    ...inVelero.map(text => ok(`on Restores in ${text}`)),
  ];
};

const may = async (cluster: ExaminedCluster, resourceAttributes: Attributes): Promise<boolean> => {
  const { status } = await cluster.review<AccessReview>('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  });
  return status?.allowed === true;
};

/** Namespaces of Velero as confirmed; who may not read that is asked about all of them. */
const veleroNamespaces = async (cluster: ExaminedCluster): Promise<readonly (string | undefined)[]> => {
  try {
    const namespaces = (await cluster.self())?.spec.velero?.map(({ namespace }) => namespace) ?? [];
    return namespaces.length === 0 ? [undefined] : [...new Set(namespaces)];
  } catch (error) {
    if (error instanceof RecoverError && missingRight(error) !== undefined) return [undefined];
    throw error;
  }
};

/** What the caller may do of what matters here: none of the three last is needed by everybody. */
export const rights: Check = {
  name: 'rights',
  examine: async cluster => {
    const own = { verb: 'create', group: API_GROUP, namespace: REQUESTS_NAMESPACE };
    const { namespace } = cluster.access;
    const onRestores = (verb: string, where: string | undefined): Attributes => ({
      verb,
      group: 'velero.io',
      resource: 'restores',
      ...(where === undefined ? {} : { namespace: where }),
    });
    const [createAccessRequests, createRecoveries, adminOfNamespace, velero] = await allInOrder([
      may(cluster, { ...own, resource: 'accessrequests' }),
      may(cluster, { ...own, resource: 'recoveries' }),
      // What the catalogue asks before it lets somebody register a namespace.
      may(cluster, { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings', namespace }),
      veleroNamespaces(cluster).then(namespaces =>
        Promise.all(
          namespaces.map(async where => ({
            namespace: where,
            operate: await may(cluster, onRestores(VERBS.operate, where)),
            bypass: await may(cluster, onRestores(VERBS.bypass, where)),
          })),
        ),
      ),
    ]);
    return judgeRights({ createAccessRequests, createRecoveries, namespace, adminOfNamespace, velero });
  },
};
