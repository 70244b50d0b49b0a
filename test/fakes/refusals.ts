import { describe, expect, test } from 'vitest';
import type { CheckName, Code } from '../../api/codes.ts';
import { type Origin, RecoveryScenario } from './recovery-scenario.ts';

export interface Refusal {
  readonly why: string;
  readonly code: Code;
  readonly origin?: Origin;
  /** What the registration has, flaw or not; without the flaw it is allowed. */
  readonly given?: (scenario: RecoveryScenario) => void;
  /** What is wrong with it. */
  readonly flaw: (scenario: RecoveryScenario) => void | Promise<void>;
}

/** Shows for each flaw that a registration is allowed without it and refused with exactly its code with it. */
export const testRefusals = (check: CheckName, refusals: readonly Refusal[]): void => {
  describe(`check ${check} refuses`, () => {
    test.each(refusals)('$code: $why', async ({ origin, given, flaw, code }) => {
      const scenario = await RecoveryScenario.create(origin);
      given?.(scenario);
      expect(await scenario.verdict()).toBe('allowed');
      await flaw(scenario);
      expect(await scenario.verdict()).toEqual([`${check}: ${code}`]);
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
