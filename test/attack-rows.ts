import type { TestReport } from './run-vitest.ts';

/** A line of the table of attacks: what it is up against, and the code that refuses it. */
export interface AttackRow {
  readonly id: string;
  readonly wall: string;
  /** Of the refusal; a dash where RBAC or a schema refuses, which have no code of ours. */
  readonly code: string;
  readonly what: string;
  readonly held: boolean;
}

type Assertion = TestReport['testResults'][number]['assertionResults'][number];

const THREAT = /^(?:T\d|RFC )/;

/** The number of the threat that a title begins with, as a `describe` around several attacks has it. */
const idOfAncestors = (ancestors: readonly string[]): string | undefined =>
  ancestors.map(title => /^(T\d+(?:, T\d+)*):/.exec(title)?.[1]).findLast(id => id !== undefined);

/**
 * Titles of attacks read `id | wall | code | what`. The ID may stand in a title around them, and where RBAC or a schema
 * refuses there is no code. Other tests show that an attack would work, or what must pass.
 */
const rowOf = ({ title, ancestorTitles, status }: Assertion): AttackRow | undefined => {
  const [first = '', ...others] = title.split(' | ');
  const [id, parts] = THREAT.test(first) ? [first, others] : [idOfAncestors(ancestorTitles), [first, ...others]];
  const [wall = '', second = '', ...rest] = parts;
  const isWithoutCode = (wall === 'RBAC' || wall === 'schema') && rest.length === 0;
  const [code, what] = isWithoutCode ? ['-', second] : [second, rest.join(' | ')];
  if (id === undefined || what === '' || code === 'stored') return undefined;
  return { id, wall, code, what, held: status === 'passed' };
};

/** The attacks of a run, by the number of their threats. */
export const attackRows = ({ testResults }: TestReport): readonly AttackRow[] =>
  testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(assertion => rowOf(assertion) ?? [])
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
