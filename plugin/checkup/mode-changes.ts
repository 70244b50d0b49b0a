import { isConflict } from '../../api/kubernetes/api-error.ts';
import type { ClusterAccess } from '../cluster/connect.ts';
import {
  ADMISSION,
  BARE_WEBHOOK,
  type PolicyBinding,
  WEBHOOKS_NAME,
  type Webhook,
  type WebhookConfiguration,
} from './admission-objects.ts';
import { ACTIONS, BARE_FAILURE_POLICY, type WallMode } from './wall-mode.ts';

/** What the mode consists of: the bindings of the walls, and the webhook for Restores without a token. */
export interface ModeObjects {
  readonly bindings: readonly PolicyBinding[];
  readonly webhooks: WebhookConfiguration | undefined;
}

export const bareWebhook = ({ webhooks }: ModeObjects): Webhook | undefined =>
  webhooks?.webhooks?.find(({ name }) => name === BARE_WEBHOOK);

export const actionsOf = ({ spec }: PolicyBinding): string => (spec.validationActions ?? []).join(',');

/** One object that is not as the mode wants it. */
export interface Change {
  readonly text: string;
  readonly make: (access: ClusterAccess, dryRun: boolean) => Promise<unknown>;
}

const switchBinding = ({ metadata: { name } }: PolicyBinding, mode: WallMode): Change['make'] => {
  const patch = { spec: { validationActions: ACTIONS[mode] } };
  return (access, dryRun) => access.call(client => client.mergePatch(ADMISSION.bindings, { name }, patch, { dryRun }));
};

/** The catalogue writes its authority into the same list, so a change in between is read and made anew. */
const switchWebhook =
  (mode: WallMode): Change['make'] =>
  (access, dryRun) =>
    access.call(async client => {
      for (;;) {
        const configuration = await client.get(ADMISSION.validating, { name: WEBHOOKS_NAME });
        const webhooks = (configuration.webhooks ?? []).map(webhook =>
          webhook.name === BARE_WEBHOOK ? { ...webhook, failurePolicy: BARE_FAILURE_POLICY[mode] } : webhook,
        );
        try {
          return await client.replace(ADMISSION.validating, { ...configuration, webhooks }, { dryRun });
        } catch (error) {
          if (!isConflict(error)) throw error;
        }
      }
    });

/** What has to change for a mode; empty if all is in it. */
export const changesTo = (mode: WallMode, objects: ModeObjects): Change[] => {
  const actions = ACTIONS[mode].join(',');
  const bare = bareWebhook(objects);
  const failurePolicy = BARE_FAILURE_POLICY[mode];
  return [
    ...objects.bindings
      .filter(binding => actionsOf(binding) !== actions)
      .map(binding => ({
        text: `binding "${binding.metadata.name}": ${actionsOf(binding) || '<nothing>'} -> ${actions}`,
        make: switchBinding(binding, mode),
      })),
    ...(bare === undefined || bare.failurePolicy === failurePolicy
      ? []
      : [{ text: `webhook "${BARE_WEBHOOK}": ${bare.failurePolicy} -> ${failurePolicy}`, make: switchWebhook(mode) }]),
  ];
};
