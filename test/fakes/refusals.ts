import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CheckName, Code } from '../../api/codes.ts';
import { type Origin, RecoveryScenario } from './recovery-scenario.ts';
import { keptText, shownRegistration, type Told } from './shown-refusal.ts';

/** Where is kept what people are told. */
const OUTPUTS = join(import.meta.dirname, '..', 'golden', 'refusals');

export interface Refusal {
  readonly why: string;
  readonly code: Code;
  readonly origin?: Origin;
  /** What the registration has, flaw or not; without the flaw it is allowed. */
  readonly given?: (scenario: RecoveryScenario) => void | Promise<void>;
  /** What is wrong with it. */
  readonly flaw: (scenario: RecoveryScenario) => void | Promise<void>;
}

/** How many tables of a check there are in the file that runs. */
const tables = new Map<CheckName, number>();

/** The file that a table of a check is kept in. */
const fileOf = (check: CheckName): string => {
  const index = (tables.get(check) ?? 0) + 1;
  tables.set(check, index);
  return join(OUTPUTS, `check-${check}${index === 1 ? '' : `-${index}`}.txt`);
};

const told = async ({ why, origin, given, flaw }: Refusal): Promise<Told> => {
  const scenario = await RecoveryScenario.create(origin);
  await given?.(scenario);
  await flaw(scenario);
  const { results } = await scenario.validate();
  return { why, text: shownRegistration(results) };
};

/** Shows for each flaw that a registration is allowed without it and refused with exactly its code with it. */
export const testRefusals = (check: CheckName, refusals: readonly Refusal[]): void => {
  describe(`check ${check} refuses`, () => {
    test.each(refusals)('$code: $why', async ({ origin, given, flaw, code }) => {
      const scenario = await RecoveryScenario.create(origin);
      await given?.(scenario);
      expect(await scenario.verdict()).toBe('allowed');
      await flaw(scenario);
      expect(await scenario.verdict()).toEqual([`${check}: ${code}`]);
    });

    const file = fileOf(check);
    test('and tells what would mend it, as it is kept', async () => {
      const texts = await Promise.all(refusals.map(told));
      await expect(keptText(texts)).toMatchFileSnapshot(file);
    });
  });
};

export interface Allowance {
  readonly why: string;
  readonly origin?: Origin;
  readonly given: (scenario: RecoveryScenario) => void | Promise<void>;
}

/** Shows what looks like a flaw to a check that is too strict, and is none. */
export const testAllowances = (check: CheckName, allowances: readonly Allowance[]): void => {
  describe(`check ${check} allows`, () => {
    test.each(allowances)('$why', async ({ origin, given }) => {
      const scenario = await RecoveryScenario.create(origin);
      await given(scenario);
      expect(await scenario.verdict()).toBe('allowed');
    });
  });
};
