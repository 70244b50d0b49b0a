import { stringify } from 'yaml';
import { ALL_KINDS } from '../api/kinds/all-kinds.ts';
import { crdOf } from './crd-of.ts';

const HEADER = '# Generated from api/kinds by: npm run manifests\n';

/** The files of base/crds by name, as the schemas of the kinds give them. */
export const crdFiles = (): ReadonlyMap<string, string> =>
  new Map(
    ALL_KINDS.map(kind => [
      `${kind.plural}.yaml`,
      // kubectl and kustomize read YAML 1.1, to which the y of a key is true.
      HEADER + stringify(crdOf(kind), { lineWidth: 120, compat: 'yaml-1.1' }),
    ]),
  );
