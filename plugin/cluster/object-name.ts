import type { KubeObject } from '../../api/kinds/object-meta.ts';

/** An object as it is told to people: `kind/name`, or `kind/namespace/name`. */
export const objectName = ({ kind, metadata }: KubeObject): string =>
  `${kind.toLowerCase()}/${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
