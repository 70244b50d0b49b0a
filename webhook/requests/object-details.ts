import { digestOf } from '../../api/digest.ts';
import type { PlannedObject } from '../../api/kinds/access-request.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { comparedForm, unscaledForm } from '../../api/velero/compared-form.ts';
import { type MadeObject, makerOf } from './maker-of.ts';

/** An object as a Backup holds it, as far as a plan looks into it. */
export interface ContentObject extends MadeObject, KubeObject {
  readonly metadata: MadeObject['metadata'];
  /** Of a Secret. */
  readonly type?: string;
  readonly spec?: {
    readonly resources?: { readonly requests?: { readonly storage?: unknown } };
    readonly selector?: object;
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
  };
  readonly status?: { readonly phase?: string; readonly completionTime?: string };
}

/** What is told of an object beside its name, and the labels that select it. */
export interface ObjectDetails extends Omit<PlannedObject, 'type' | 'namespace' | 'name' | 'unselected'> {
  readonly labels: Readonly<Record<string, string>>;
}

/** Pods and jobs that have ended are not restored (`isCompleted` in pkg/restore/restore.go). */
const hasEnded = ({ kind, status }: ContentObject): boolean =>
  (kind === 'Pod' && (status?.phase === 'Succeeded' || status?.phase === 'Failed')) ||
  (kind === 'Job' && Boolean(status?.completionTime));

/** A token that the cluster made for a ServiceAccount (`Execute` in pkg/restore/actions/secret_action.go). */
const isGeneratedToken = ({ kind, type, metadata }: ContentObject): boolean => {
  const account = metadata.annotations?.['kubernetes.io/service-account.name'];
  return (
    kind === 'Secret' &&
    type === 'kubernetes.io/service-account-token' &&
    account !== undefined &&
    metadata.name.startsWith(`${account}-token-`)
  );
};

/** What Velero passes by (`restoreItem` in pkg/restore/restore.go). */
const skippedAs = (object: ContentObject): PlannedObject['skipped'] => {
  if (isGeneratedToken(object)) return 'GeneratedToken';
  const isMirror = object.kind === 'Pod' && object.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  return isMirror ? 'MirrorPod' : undefined;
};

/** Annotations by which Velero runs commands in a restored pod (internal/hook/item_hook_handler.go). */
const hooksOf = ({ kind, metadata }: ContentObject): string[] =>
  kind === 'Pod'
    ? Object.keys(metadata.annotations ?? {})
        .filter(name => /^(init|post)\.hook\.restore\.velero\.io\//.test(name))
        .slice(0, 16)
    : [];

/** A Service whose addresses a controller finds, so that nobody else writes its Endpoints. */
export const selectsPods = ({ apiVersion, kind, spec }: ContentObject): boolean =>
  `${apiVersion}/${kind}` === 'v1/Service' && Object.keys(spec?.selector ?? {}).length > 0;

/** The object whose replicas an autoscaler sets, and its name. */
export const scaledBy = ({
  kind,
  spec,
}: ContentObject): { readonly type: string; readonly name: string } | undefined => {
  const { apiVersion, kind: targetKind, name } = spec?.scaleTargetRef ?? {};
  if (kind !== 'HorizontalPodAutoscaler' || apiVersion === undefined || name === undefined) return undefined;
  return { type: `${apiVersion}/${targetKind}`, name };
};

export const detailsOf = (object: ContentObject): ObjectDetails => {
  const compared = comparedForm(object);
  const unscaled = unscaledForm(object);
  const hooks = hooksOf(object);
  const storage = object.kind === 'PersistentVolumeClaim' ? object.spec?.resources?.requests?.storage : undefined;
  const skipped = skippedAs(object);
  const maker = makerOf(object);
  return {
    ...(compared === undefined ? {} : { digest: digestOf(compared) }),
    ...(unscaled === undefined ? {} : { unscaled: digestOf(unscaled) }),
    ...(hasEnded(object) ? { ended: true } : {}),
    ...(skipped === undefined ? {} : { skipped }),
    ...(maker === undefined ? {} : { maker }),
    ...(hooks.length > 0 ? { hooks } : {}),
    ...(typeof storage === 'string' ? { storage: storage.slice(0, 64) } : {}),
    labels: object.metadata.labels ?? {},
  };
};
