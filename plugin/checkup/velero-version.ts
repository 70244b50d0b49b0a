import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { resourceType } from '../../api/kubernetes/resource-type.ts';
import { KNOWN_VELERO, TESTED_VELERO } from '../../api/velero/known-velero.ts';
import { DEPLOYMENTS, type Deployment } from '../cluster/deployments.ts';
import { allInOrder } from './all-in-order.ts';
import type { Check } from './check.ts';
import { type Finding, ok, quoted, warning } from './finding.ts';

interface PropertySchema {
  readonly properties?: Readonly<Record<string, PropertySchema>>;
  readonly enum?: readonly unknown[];
}

/** A CustomResourceDefinition with the part of its schema that we read. */
export interface Definition extends KubeObject {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema?: { readonly openAPIV3Schema?: PropertySchema };
    }[];
  };
}

const DEFINITIONS = resourceType<Definition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);

/** `v1.18.3` of `registry.example/velero/velero:v1.18.3@sha256:…`; a digest or a tag of somebody's own says nothing. */
const versionOf = ({ spec }: Deployment): string | undefined =>
  spec.template.spec.containers
    ?.map(({ image }) => /:(v\d+\.\d+\.\d+[^@]*)(?:@|$)/.exec(image ?? '')?.[1])
    .find(version => version !== undefined);

const mend = 'upgrade this catalogue and plugin, or try a recovery in a cluster where it may fail';

/** What the installed CRDs of Velero have that nobody here has judged. */
export const judgeDefinitions = (definitions: readonly Definition[]): Finding[] =>
  Object.entries(KNOWN_VELERO).flatMap(([name, { fields, phases }]) => {
    const { spec } = definitions.find(({ metadata }) => metadata.name === name) ?? {};
    const schema = spec?.versions.find(version => version.name === 'v1')?.schema?.openAPIV3Schema?.properties;
    const unknownFields = Object.keys(schema?.['spec']?.properties ?? {}).filter(field => !fields.includes(field));
    const unknownPhases = (schema?.['status']?.properties?.['phase']?.enum ?? []).filter(
      phase => !phases.includes(String(phase)),
    );
    return [
      ...(unknownFields.length === 0
        ? []
        : [warning(`${name} has fields that this version does not know: ${quoted(unknownFields)}`, mend)]),
      ...(unknownPhases.length === 0
        ? []
        : [warning(`${name} has phases that this version does not know: ${quoted(unknownPhases.map(String))}`, mend)]),
    ];
  });

export const judgeVersions = (deployments: readonly Deployment[]): Finding[] =>
  deployments
    .filter(({ metadata }) => metadata.name === 'velero')
    .map(deployment => {
      const where = `Velero in namespace "${deployment.metadata.namespace}"`;
      const version = versionOf(deployment);
      if (version === undefined) {
        return ok(`the image of ${where} does not tell its version; its kinds are looked at instead`);
      }
      const isTested = TESTED_VELERO.some(minor => version.startsWith(`v${minor}.`));
      if (isTested) return ok(`${where} is ${version}, which this version is tested with`);
      return warning(
        `${where} is ${version}; this version is tested with ${TESTED_VELERO.join(', ')}`,
        `try backup and recovery in mode Audit first; ${mend}`,
      );
    });

/** Whether the Velero that is there is one whose fields and phases were judged. */
export const veleroVersion: Check = {
  name: 'version',
  examine: async cluster => {
    const [deployments, definitions] = await allInOrder([cluster.list(DEPLOYMENTS), cluster.list(DEFINITIONS)]);
    return [...judgeVersions(deployments), ...judgeDefinitions(definitions)];
  },
};
