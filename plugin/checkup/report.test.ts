import { expect, test } from 'vitest';
import { findingsText } from './report.ts';
import type { CheckedFinding } from './run-checks.ts';

const findings: readonly CheckedFinding[] = [
  { state: 'ok', check: 'clock', what: 'the clocks of this machine and of the cluster agree' },
  {
    ...{ state: 'failed', check: 'break-glass', what: 'namespace "shop" is\u001b[2J open' },
    mend: 'an operator closes it: kubectl annotate namespace shop kubectl-recover.io/bypass-reason-',
  },
];

test('where nobody looks through a terminal a finding is one line, for grep', () => {
  expect(findingsText(findings, undefined).split('\n')).toEqual([
    'STATE    CHECK         WHAT',
    'ok       clock         the clocks of this machine and of the cluster agree',
    'failed   break-glass   namespace "shop" is [2J open',
    '                       do: an operator closes it: kubectl annotate namespace shop kubectl-recover.io/bypass-reason-',
    '',
  ]);
});

test('on a terminal its lines go on below where they began, with commands whole', () => {
  expect(findingsText(findings, 60).split('\n')).toEqual([
    'STATE    CHECK         WHAT',
    'ok       clock         the clocks of this machine and of',
    '                       the cluster agree',
    'failed   break-glass   namespace "shop" is [2J open',
    '                       do: an operator closes it:',
    '                           kubectl annotate namespace shop kubectl-recover.io/bypass-reason-',
    '',
  ]);
});

test('on a narrow terminal they go on below the name of the check', () => {
  expect(findingsText(findings, 40).split('\n')).toEqual([
    'STATE    CHECK         WHAT',
    'ok       clock',
    '    the clocks of this machine and of',
    '    the cluster agree',
    'failed   break-glass',
    '    namespace "shop" is [2J open',
    '    do: an operator closes it:',
    '        kubectl annotate namespace shop kubectl-recover.io/bypass-reason-',
    '',
  ]);
});

test('on a wide terminal it is the table', () => {
  expect(findingsText(findings, 200)).toBe(findingsText(findings, undefined));
});
