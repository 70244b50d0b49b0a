import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Code } from '../../api/codes.ts';
import type { KubeObject } from '../../api/kinds/object-meta.ts';
import { ApiError } from '../../api/kubernetes/api-error.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { waitUntil } from '../clusters/wait-until.ts';

/** One attack on a wall: a write with the attacker's own login. */
export interface Attack {
  /** Its entry in the catalogue of threats (docs/threat-model.md). */
  readonly id: string;
  readonly what: string;
  /** Code of the refusal. */
  readonly code: Code;
  /** The write. With `dryRun` the API server judges it in full and stores nothing. */
  readonly act: (options: { readonly dryRun: boolean }) => Promise<unknown>;
}

export interface Wall {
  readonly name: string;
  /** The policy that is the wall; its binding has the same name. */
  readonly policy: string;
  readonly cluster: () => Cluster;
  readonly attacks: readonly Attack[];
  /** What the attacks would change; compared before and after. */
  readonly state: () => Promise<unknown>;
}

const BINDING = 'validatingadmissionpolicybinding';

/** The refusal of an attack, or nothing if it would have succeeded. */
const refusalOf = async ({ act }: Attack, dryRun: boolean): Promise<ApiError | undefined> => {
  try {
    await act({ dryRun });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
};

const takeDown = async ({ cluster, policy, attacks }: Wall): Promise<KubeObject> => {
  const binding = JSON.parse(await cluster().kubectl('get', BINDING, policy, '-o', 'json')) as KubeObject;
  await cluster().kubectl('delete', BINDING, policy);
  const [first] = attacks;
  if (first === undefined) throw new Error(`no attack on ${policy}`);
  await waitUntil(
    `${policy} to be down`,
    async () => !(await refusalOf(first, true))?.message.includes(`'${policy}'`),
    { timeoutSeconds: 30 },
  );
  return binding;
};

const putUp = async ({ cluster, policy, attacks }: Wall, binding: KubeObject): Promise<void> => {
  const { apiVersion, kind, metadata } = binding;
  const { name, labels } = metadata;
  const { spec } = binding as KubeObject & { readonly spec: unknown };
  await cluster().apply({ apiVersion, kind, metadata: { name, ...(labels ? { labels } : {}) }, spec });
  const [first] = attacks;
  await waitUntil(
    `${policy} to stand`,
    async () => first !== undefined && (await refusalOf(first, true)) !== undefined,
    { timeoutSeconds: 30 },
  );
};

/**
 * Runs attacks on one wall. Each is first shown to succeed with that wall taken down, and nothing else changed, so
 * that it is this wall which is tested; then, with the wall up, it is refused with its code and nothing was written.
 */
export const testWall = (wall: Wall): void => {
  describe(`${wall.name}, taken down`, () => {
    let binding: KubeObject;

    beforeAll(async () => {
      binding = await takeDown(wall);
    });

    afterAll(async () => {
      await putUp(wall, binding);
    });

    test.each(
      wall.attacks.map(attack => [`${attack.id} would succeed: ${attack.what}`, attack] as const),
    )('%s', async (_title, attack) => {
      expect(await refusalOf(attack, true)).toBeUndefined();
    });
  });

  describe(wall.name, () => {
    test.each(
      wall.attacks.map(attack => [`${attack.id} | ${wall.name} | ${attack.code} | ${attack.what}`, attack] as const),
    )('%s', async (_title, attack) => {
      const before = await wall.state();
      const refusal = await refusalOf(attack, false);
      expect(refusal?.message).toContain(wall.policy);
      expect(refusal?.message).toContain(`${attack.code}: `);
      expect(await wall.state()).toEqual(before);
    });
  });
};
