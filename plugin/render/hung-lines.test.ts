import { describe, expect, test } from 'vitest';
import { adviceLines, columnsOf, hungLines, hungText } from './hung-lines.ts';
import { widthOf } from './text-width.ts';

const WHAT = 'in 14 days the catalogue saw nobody whom mode Enforce would refuse';

describe('prose', () => {
  test('is broken between words, under the place where it began', () => {
    expect(hungLines('note: ', WHAT, 40)).toEqual([
      'note: in 14 days the catalogue saw',
      '      nobody whom mode Enforce would',
      '      refuse',
    ]);
  });

  test('without a lead goes on a little to the right', () => {
    expect(hungLines('', WHAT, 40)).toEqual([
      'in 14 days the catalogue saw nobody',
      '  whom mode Enforce would refuse',
    ]);
  });

  test('goes below a lead that leaves no room', () => {
    expect(hungLines('ok   break-glass   ', WHAT, 40)).toEqual([
      'ok   break-glass',
      '    in 14 days the catalogue saw nobody',
      '    whom mode Enforce would refuse',
    ]);
  });

  test.each([20, 33, 40, 50, 60, 79])('stays within %i columns', columns => {
    for (const lead of ['', 'note: ', 'ok   break-glass   ']) {
      const lines = hungLines(lead, WHAT, columns);
      expect(Math.max(...lines.map(widthOf))).toBeLessThan(columns);
      expect(lines.join(' ').replaceAll(/ +/g, ' ').trim()).toBe(`${lead}${WHAT}`.replaceAll(/ +/g, ' '));
    }
  });

  test('is one line where it fits, and where nobody looks through a terminal', () => {
    expect(hungLines('note: ', WHAT, undefined)).toEqual([`note: ${WHAT}`]);
    expect(hungLines('note: ', WHAT, WHAT.length + 7)).toEqual([`note: ${WHAT}`]);
  });

  test('is broken by columns, not by characters', () => {
    expect(hungLines('', '商店 商店 商店 商店 商店 商店', 30)).toHaveLength(1);
    expect(hungLines('', '商店 商店 商店 商店 商店 商店', 29)).toEqual(['商店 商店 商店 商店 商店', '  商店']);
  });

  test('keeps the space between its parts, but not at the end of a line', () => {
    expect(hungLines('', 'create 1   same 0   differ 1   left out 2', 30)).toEqual([
      'create 1   same 0',
      '  differ 1   left out 2',
    ]);
  });

  test.each([
    ['a command', 'an operator runs:', 'kubectl recover cluster trust --from-context SOURCE', ''],
    [
      'a command before more prose',
      'look at it:',
      'kubectl get backups.velero.io old -n velero -o yaml;',
      'then try again',
    ],
    ['a flag', 'recover into another namespace', '--map shop=shop-restored', ''],
    ['a long word', 'the ID is', '4bfe5e85-1d02-d39d-ca75-77aef8d2267f/a58bbea2-feca-09be', 'of the group'],
  ])('does not break %s, which could not be copied then', (_, before, whole, after) => {
    const lines = hungLines('do: ', `${before} ${whole} ${after}`.trimEnd(), 40);
    expect(lines[0]).toBe(`do: ${before}`);
    expect(lines[1]).toBe(`    ${whole}`);
    expect(lines.slice(2)).toEqual(after === '' ? [] : [`    ${after}`]);
  });
});

test('what to do stands under what is wrong', () => {
  expect(adviceLines('x group  NotOwner  ', 'you own no group "shop"', 'ask an owner of it to add you', 50)).toEqual([
    'x group  NotOwner  you own no group "shop"',
    '                   do: ask an owner of it to add',
    '                       you',
  ]);
  expect(adviceLines('x group  NotOwner  ', 'you own no group "shop"', 'ask an owner of it to add you', 40)).toEqual([
    'x group  NotOwner',
    '    you own no group "shop"',
    '    do: ask an owner of it to add you',
  ]);
});

test('what is wrong and what to do stand in one column, beside the lead or below it', () => {
  // 25 columns beside the lead, but 21 for what to do.
  expect(adviceLines('  x targets  NamespaceTaken  ', 'it belongs to another group', 'map it: --map a=b', 55)).toEqual([
    '  x targets  NamespaceTaken',
    '    it belongs to another group',
    '    do: map it: --map a=b',
  ]);
  expect(adviceLines('ok   break-glass   ', 'no namespace is open', undefined, 40)).toEqual([
    'ok   break-glass   no namespace is open',
  ]);
});

test('a part that has to be broken begins in a line of its own', () => {
  expect(
    hungLines('', 'create 1   differ 1 (kept; --existing-resources update takes the point’s)   left out 2', 40),
  ).toEqual(['create 1', '  differ 1 (kept;', '  --existing-resources update takes the', '  point’s)   left out 2']);
});

test('each line of talk has its own lead', () => {
  const text = [
    'shop <- nightly-2',
    '  plan        create 1   same 2   left out 3',
    '  people, pipelines  a Restore by hand is refused',
    '              a note of it',
  ].join('\n');
  expect(hungText(text, 39)).toBe(
    [
      'shop <- nightly-2',
      '  plan        create 1   same 2',
      '              left out 3',
      '  people, pipelines',
      '    a Restore by hand is refused',
      '              a note of it',
      '',
    ].join('\n'),
  );
  expect(hungText(text, undefined)).toBe(`${text}\n`);
});

test('a width is known of a terminal that tells one to read in', () => {
  const at = (isTTY: boolean, columns?: number) => columnsOf({ write: () => undefined, isTTY, columns });
  expect([at(true, 40), at(true, 19), at(true, 0), at(true), at(false, 40)]).toEqual([
    ...[40, undefined, undefined, undefined, undefined],
  ]);
});
