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
  { check: 'policy', code: 'PolicyDenied', message: 'policy "default" asks for a reason' },
  { check: 'scope', code: 'ScopeExceeded', message: 'namespace "billing" is not in it', mend: 'leave it out' },
]);

describe('for people', () => {
  test('an error says what is wrong, its code and what would mend it', () => {
    expect(failureText(error, plain)).toBe('Error: cluster "prod": alice may not (Forbidden)\n  do: ask an operator\n');
  });

  test('an error that nothing mends is one line', () => {
    const gone = new RecoverError({ code: 'NotFound', message: 'there is no "x"' });
    expect(failureText(gone, plain)).toBe('Error: there is no "x" (NotFound)\n');
  });

  test('a refusal lists every failed check in columns, each with what would mend it', () => {
    expect(failureText(refusal, plain)).toBe(`Error: refused by cluster "prod" (3 checks failed)
  x targets  NamespaceTaken  namespace "shop" is taken
                             do: map it: --map shop=NEW
  x policy   PolicyDenied    policy "default" asks for a reason
  x scope    ScopeExceeded   namespace "billing" is not in it
                             do: leave it out
nothing was changed. More: kubectl recover explain NamespaceTaken
`);
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
    ['an error of another kind', new TypeError('x is not a function'), 'Error: x is not a function\n'],
    ['what is no error', 'out of order', 'Error: out of order\n'],
    ['nothing', undefined, 'Error: undefined\n'],
  ])('%s is told without a stack', (_, thrown, text) => {
    expect(failureText(thrown, plain)).toBe(text);
  });
});

describe('for scripts', () => {
  test('an error is one line of JSON without its cause', () => {
    expect(failureJson(error)).toBe(
      '{"code":"Forbidden","message":"cluster \\"prod\\": alice may not","mend":"ask an operator"}\n',
    );
  });

  test('an error that nothing mends has no mend', () => {
    expect(failureJson(new RecoverError({ code: 'NotFound', message: 'gone' }))).toBe(
      '{"code":"NotFound","message":"gone"}\n',
    );
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
        { check: 'policy', code: 'PolicyDenied', message: 'policy "default" asks for a reason' },
        { check: 'scope', code: 'ScopeExceeded', message: 'namespace "billing" is not in it', mend: 'leave it out' },
      ],
    });
  });

  test.each([
    ['an error of another kind', new TypeError('x is not a function'), 'x is not a function'],
    ['what is no error', 'out of order', 'out of order'],
  ])('%s is an InternalError', (_, thrown, message) => {
    expect(JSON.parse(failureJson(thrown))).toEqual({ code: 'InternalError', message });
  });
});
