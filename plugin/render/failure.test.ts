import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { RecoverError } from '../../api/recover-error.ts';
import { Refusal } from '../refusal.ts';
import { paletteOf } from './color.ts';
import { failureJson, failureText } from './failure.ts';

const plain = paletteOf(false);

const error = new RecoverError(
  { code: 'Forbidden', message: 'cluster "prod": alice may not', mend: 'ask an operator' },
  { cause: new Error('of no concern') },
);

const refusal = new Refusal('refused by cluster "prod" (3 checks failed)', [
  { check: 'targets', code: 'NamespaceTaken', message: 'namespace "shop" is taken', mend: 'map it: --map shop=NEW' },
  {
    check: 'policy',
    code: 'PolicyDenied',
    message: 'policy "default" asks for a reason',
    mend: 'give one: --reason TEXT',
  },
  { check: 'scope', code: 'ScopeExceeded', message: 'namespace "billing" is not in it', mend: 'leave it out' },
]);

describe('for people', () => {
  test('an error says what is wrong, its code and what would mend it', () => {
    expect(failureText(error, plain)).toBe('Error: cluster "prod": alice may not (Forbidden)\n  do: ask an operator\n');
  });

  test('an error without advice of its own has that of its code', () => {
    const late = new RecoverError({ code: 'TokenExpired', message: 'it is too old' });
    expect(failureText(late, plain)).toBe(
      'Error: it is too old (TokenExpired)\n  do: run it again, with a fresh proof: kubectl recover GROUP\n',
    );
  });

  test('a failed check without advice of its own has that of its code, with who may follow it', () => {
    const denied = new Refusal('refused', [{ check: 'policy', code: 'PolicyDenied', message: 'no' }]);
    expect(failureText(denied, plain)).toContain(
      'do: as an operator, look at the policies: kubectl get recoverypolicies -o yaml\n',
    );
  });

  test('a refusal lists every failed check in columns, each with what would mend it', () => {
    expect(failureText(refusal, plain)).toBe(`Error: refused by cluster "prod" (3 checks failed)
  x targets  NamespaceTaken  namespace "shop" is taken
                             do: map it: --map shop=NEW
  x policy   PolicyDenied    policy "default" asks for a reason
                             do: give one: --reason TEXT
  x scope    ScopeExceeded   namespace "billing" is not in it
                             do: leave it out
nothing was changed. More: kubectl recover explain NamespaceTaken
`);
  });

  test('on a narrow terminal what is wrong and what to do go on under each other, with commands whole', () => {
    expect(failureText(error, plain, 40)).toBe(
      'Error: cluster "prod": alice may not\n       (Forbidden)\n  do: ask an operator\n',
    );
    expect(failureText(refusal, plain, 40)).toBe(`Error: refused by cluster "prod" (3
       checks failed)
  x targets  NamespaceTaken
    namespace "shop" is taken
    do: map it: --map shop=NEW
  x policy   PolicyDenied
    policy "default" asks for a reason
    do: give one: --reason TEXT
  x scope    ScopeExceeded
    namespace "billing" is not in it
    do: leave it out
nothing was changed. More:
  kubectl recover explain NamespaceTaken
`);
    const colored = failureText(refusal, paletteOf(true), 60);
    expect(stripVTControlCharacters(colored)).toBe(failureText(refusal, plain, 60));
  });

  test('colour marks where it is, and moves no column', () => {
    const lines = failureText(refusal, paletteOf(true)).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '\u001b[31mError:\u001b[39m refused by cluster "prod" (3 checks failed)',
      '  \u001b[31mx\u001b[39m targets  NamespaceTaken  namespace "shop" is taken',
      '                             do: map it: --map shop=NEW',
    ]);
  });

  test.each([
    ['an error of another kind', new TypeError('x is not a function'), 'Error: x is not a function (InternalError)'],
    ['what is no error', 'out of order', 'Error: out of order (InternalError)'],
    ['nothing', undefined, 'Error: undefined (InternalError)'],
  ])('%s is told without a stack, as a fault of the plugin', (_, thrown, text) => {
    const [first, second] = failureText(thrown, plain).split('\n');
    expect(first).toBe(text);
    expect(second).toMatch(/^ {2}do: run it again with -v=6, .*kubectl recover version$/);
  });
});

describe('for scripts', () => {
  test('an error is one line of JSON without its cause', () => {
    expect(failureJson(error)).toBe(
      '{"code":"Forbidden","message":"cluster \\"prod\\": alice may not","mend":"ask an operator"}\n',
    );
  });

  test('an error without advice of its own has that of its code', () => {
    expect(JSON.parse(failureJson(new RecoverError({ code: 'RestoreGone', message: 'gone' })))).toEqual({
      code: 'RestoreGone',
      message: 'gone',
      mend: 'start another recovery: kubectl recover GROUP',
    });
  });

  test('so has a failed check', () => {
    const refused = new Refusal('refused', [{ check: 'scope', code: 'ResourceExcluded', message: 'no' }]);
    expect(JSON.parse(failureJson(refused)).failedChecks[0].mend).toBe('leave the kind out of --include-resources');
  });

  test('a refusal has every failed check', () => {
    expect(JSON.parse(failureJson(refusal))).toEqual({
      code: 'NamespaceTaken',
      message: 'refused by cluster "prod" (3 checks failed)',
      failedChecks: [
        {
          check: 'targets',
          code: 'NamespaceTaken',
          message: 'namespace "shop" is taken',
          mend: 'map it: --map shop=NEW',
        },
        {
          check: 'policy',
          code: 'PolicyDenied',
          message: 'policy "default" asks for a reason',
          mend: 'give one: --reason TEXT',
        },
        { check: 'scope', code: 'ScopeExceeded', message: 'namespace "billing" is not in it', mend: 'leave it out' },
      ],
    });
  });

  test.each([
    ['an error of another kind', new TypeError('x is not a function'), 'x is not a function'],
    ['what is no error', 'out of order', 'out of order'],
  ])('%s is an InternalError', (_, thrown, message) => {
    expect(JSON.parse(failureJson(thrown))).toMatchObject({ code: 'InternalError', message });
  });
});
