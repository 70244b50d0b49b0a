import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Code } from '../../api/codes.ts';
import { type RefusalSite, refusalSites } from './refusal-sites.ts';

/**
 * On the days that it is for (the group, its namespaces or its cluster are gone) nobody is there to be asked. Each
 * refusal that stands in the source of these ways is kept as people see it, and says what would mend it. The files
 * under refusals/ are written by the tests beside the source, those of ../e2e/golden/ on real clusters.
 */

const WAYS: readonly string[] = [
  'api/tokens/{access-chain,grant,verify-token}.ts',
  'webhook/checks/*.ts',
  'webhook/cluster/revoked-stamp.ts',
  'webhook/requests/*.ts',
  'plugin/commands/{recover,prepare,recover-prepared,group-claim,stamp}.ts',
  'plugin/commands/cluster-*.ts',
  'plugin/recovery/{choose-point,get-proof,next-step}.ts',
  'plugin/trust/*.ts',
];

/** Codes of what is no refusal on these ways, and why. */
const ELSEWHERE: Partial<Readonly<Record<Code, string>>> = {
  UsageError: 'a command line that is wrong is so on every day; test/golden/outputs/ keeps them',
  InternalError: 'a fault of ours',
  CatalogueMissing: 'what does not answer refuses nothing; test/golden/outputs/ keeps it',
  Interrupted: 'by the person',
  RequestInvalid: 'a question that no honest plugin asks',
  StateUnavailable: 'the question is tried again by itself, and nobody is told',
  PlanUnavailable: 'a plan is for a day without haste; test/e2e/recover-in-place.test.ts',
};

/** What only others than these ways raise, of a function that they share. */
const SHARED: Readonly<Record<string, string>> = {
  'is meant for somebody else':
    'of these tokens none is verified for one audience; webhook/admission/gate-restore.test.ts',
};

const isShared = ({ message }: RefusalSite): boolean =>
  Object.keys(SHARED).some(text => message?.source.includes(text));

const OUTPUTS = join(import.meta.dirname, '..', '{golden/refusals,e2e/golden}', '**', '*.txt');

const outputs = globSync(OUTPUTS).map(path => ({ path, text: readFileSync(path, 'utf8') }));

const isKept = ({ code, message }: RefusalSite): boolean =>
  outputs.some(({ text }) =>
    text.split('\n').some(line => line.includes(code) && (message === undefined || message.test(line))),
  );

describe('each refusal that stands in the source', () => {
  const sites = refusalSites(WAYS).filter(site => ELSEWHERE[site.code] === undefined && !isShared(site));

  test('is found there', () => {
    expect(sites.length).toBeGreaterThan(60);
  });

  test.each(sites.map(site => ({ ...site, where: `${site.file}:${site.line}` })))('$where $code is kept', site => {
    expect(isKept(site)).toBe(true);
  });
});

describe('what is kept', () => {
  /** A failure with the line after it. */
  const FAILURE = /^(?:Error: (?!refused by|no recovery point).*| {2}x .*|\S+: [A-Z][A-Za-z]+)\n(.*)$/gm;
  const COMMAND = /\b(?:kubectl|velero) \w|--[a-z]/;

  test.each(
    outputs.map(({ path, text }) => ({ text, name: path.slice(path.indexOf('golden')) })),
  )('$name says what would mend it, as a command', ({ text }) => {
    const failures = [...text.matchAll(FAILURE)];
    expect(failures.length).toBeGreaterThan(0);
    const without = failures.flatMap(([whole, next = '']) => (/^ +do: /.test(next) && COMMAND.test(next) ? [] : whole));
    expect(without).toEqual([]);
  });
});
