import { CORE } from '../../api/kubernetes/core-types.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { GROUP_VERSION } from '../../api/names.ts';
import { uidOf } from './fake-authority.ts';
import type { FakeObjectServer } from './fake-object-server.ts';

/** Puts a namespace that a group holds, with its claim; the group is called `shop/shop`. */
export const putHeldNamespace = (server: FakeObjectServer, name: string, groupID: string): void => {
  const uid = uidOf(`namespace ${name}`);
  server.put(CORE.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid } });
  server.put(OWN.namespaceClaims, {
    apiVersion: GROUP_VERSION,
    kind: 'NamespaceClaim',
    metadata: { name: uid },
    spec: { namespace: name, groupID, group: { namespace: 'shop', name: 'shop' } },
  });
};
