import { describe, expect, test } from 'vitest';
import type { PointAnswer } from '../../api/kinds/access-request.ts';
import { FakeTerminal, type TerminalSetting } from '../../test/fakes/fake-terminal.ts';
import { pointAnswer } from '../../test/fakes/point-answer.ts';
import { problemOf } from '../../test/fakes/problem-of.ts';
import { Refusal } from '../refusal.ts';
import { type ChosenPoint, choosePoint, type PointChoice } from './choose-point.ts';

const context = { group: 'shop', cluster: 'prod' };

const pointOf = (backup: string, startTime: string, flaw: Partial<PointAnswer> = {}): PointAnswer =>
  pointAnswer(backup, { startTime, ...flaw });

const running = { usable: false, phase: 'InProgress', code: 'PointNotReady', message: 'the backup still runs' };

/** Newest first, as the catalogue lists them. */
const points = [
  pointOf('noon', '2026-03-02T11:00:00Z', running),
  pointOf('morning', '2026-03-02T08:00:00Z', { usable: false, phase: 'Failed' }),
  pointOf('night', '2026-03-02T03:00:00Z'),
  pointOf('yesterday', '2026-03-01T03:00:00Z'),
];

const many = Array.from({ length: 25 }, (_, index) => pointOf(`point-${index + 1}`, '2026-03-01T03:00:00Z'));

const choose = (choice: PointChoice, among: readonly PointAnswer[] = points): Promise<ChosenPoint> =>
  choosePoint(choice, among, new FakeTerminal(), context);

const namesOf = ({ point, passedOver }: ChosenPoint): readonly string[] => [
  point.backup,
  ...passedOver.map(({ backup }) => backup),
];

const at = (asTyped: string): PointChoice => ({ kind: 'at', time: new Date(asTyped), asTyped });

const NONE = {
  code: 'PointNotFound',
  message: 'group "shop" has no recovery point in cluster "prod"',
  mend: 'points made before the group was registered are not its own; a backup made now takes a minute to reach another cluster; an operator sees which backups do not count: kubectl recover check --context prod',
};

describe('by name', () => {
  test('it is that one, and none is passed over', async () => {
    expect(namesOf(await choose({ kind: 'named', backup: 'yesterday' }))).toEqual(['yesterday']);
  });

  test('it is that one even if it cannot be used; the cluster says why', async () => {
    expect(namesOf(await choose({ kind: 'named', backup: 'noon' }))).toEqual(['noon']);
  });

  test.each(['nigh', 'Night', '', '3'])('there is no "%s", and the newest five are named', async backup => {
    expect(await problemOf(() => choose({ kind: 'named', backup }, many))).toEqual({
      code: 'PointNotFound',
      message: `group "shop" has no recovery point "${backup}" in cluster "prod"`,
      mend: 'the newest are "point-1", "point-2", "point-3", "point-4", "point-5"; all of them: kubectl recover points shop --context prod',
    });
  });

  test('of a group without points', async () => {
    expect(await problemOf(() => choose({ kind: 'named', backup: 'night' }, []))).toEqual({
      code: 'PointNotFound',
      message: 'group "shop" has no recovery point "night" in cluster "prod"',
      mend: NONE.mend,
    });
  });
});

describe('the latest', () => {
  test('is the newest that can be used, and the newer ones are told', async () => {
    expect(namesOf(await choose({ kind: 'latest' }))).toEqual(['night', 'noon', 'morning']);
  });

  test('passes over none if the newest can be used', async () => {
    expect(namesOf(await choose({ kind: 'latest' }, points.slice(2)))).toEqual(['night']);
  });

  test('does not exist without points', async () => {
    expect(await problemOf(() => choose({ kind: 'latest' }, []))).toEqual(NONE);
  });

  test.each([
    ['its message', points.slice(0, 2), 'the newest, "noon": the backup still runs'],
    ['its phase', points.slice(1, 2), 'the newest, "morning": Failed'],
  ])('is refused where none can be used, with %s', async (_, unusable, message) => {
    const refused = await choose({ kind: 'latest' }, unusable).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({
      code: 'PointNotReady',
      message: 'no recovery point of group "shop" can be used now',
      failedChecks: [{ check: 'point', code: 'PointNotReady', message }],
    });
  });
});

describe('at a time', () => {
  test.each([
    ['2026-03-02T12:00:00Z', ['night', 'noon', 'morning']],
    ['2026-03-02T08:00:00Z', ['night', 'morning']],
    ['2026-03-02T07:59:59Z', ['night']],
    ['2026-03-02T03:00:00Z', ['night']],
    ['2026-03-02T02:59:59.999Z', ['yesterday']],
    ['2026-03-01T03:00:00Z', ['yesterday']],
    ['2026-03-02T04:30:00+02:00', ['yesterday']],
  ])('%s', async (time, names) => {
    expect(namesOf(await choose(at(time)))).toEqual(names);
  });

  test('before the oldest there is none, and the oldest is told', async () => {
    expect(await problemOf(() => choose({ ...at('2026-03-01T02:59:59Z'), asTyped: '-33h' } as PointChoice))).toEqual({
      code: 'PointNotFound',
      message: 'group "shop" has no recovery point at or before -33h (2026-03-01T02:59:59.000Z)',
      mend: 'the oldest is "yesterday" of 2026-03-01T03:00:00Z: --point yesterday',
    });
  });

  test('a group without points has none at any time', async () => {
    expect(await problemOf(() => choose(at('2026-03-01T02:59:59Z'), []))).toEqual(NONE);
  });

  test('the next older one is never taken for one that cannot be used, if there is none', async () => {
    const refused = choose(at('2026-03-02T09:00:00Z'), points.slice(0, 2));
    expect(await problemOf(() => refused)).toEqual({
      code: 'PointNotReady',
      message: 'no recovery point of group "shop" can be used now',
    });
  });
});

describe('asked', () => {
  const ask = (answer: string, among: readonly PointAnswer[] = points, setting: TerminalSetting = {}) => {
    const terminal = new FakeTerminal({ isTTY: true, answers: [answer], ...setting });
    return { terminal, chosen: choosePoint({ kind: 'ask' }, among, terminal, context) };
  };

  test('shows points, their age and why one cannot be used', async () => {
    const { terminal, chosen } = ask('3');
    expect(namesOf(await chosen)).toEqual(['night']);
    expect(terminal.screen).toEqual([
      'Recovery points of "shop" in cluster "prod":',
      '  1  noon   1h ago   not usable: the backup still runs',
      '  2  morning   4h ago   not usable: Failed',
      '  3  night   9h ago',
      '  4  yesterday   1d ago',
      'Which one? [1-4] 3',
    ]);
    expect(terminal.data).toBe('');
  });

  test.each([
    ['1', 'noon'],
    [' 4 ', 'yesterday'],
    ['morning', 'morning'],
    ['04', 'yesterday'],
  ])('the answer "%s" is %s', async (answer, backup) => {
    expect(namesOf(await ask(answer).chosen)).toEqual([backup]);
  });

  test.each([
    '',
    '0',
    '5',
    '-1',
    '1.0',
    '1e0',
    '0x1',
    'y',
    'Night',
    'night yesterday',
    '٣',
  ])('the answer "%s" is none of them', async answer => {
    expect(await problemOf(() => ask(answer).chosen)).toEqual({
      code: 'UsageError',
      message: `"${answer}" is none of them`,
      mend: 'run the command again',
    });
  });

  test('twenty are shown, and a number beyond them is none', async () => {
    const { terminal, chosen } = ask('21', many);
    expect((await problemOf(() => chosen)).message).toBe('"21" is none of them');
    expect(terminal.prompts).toEqual(['Which one? [1-20] ']);
    expect(terminal.screen).toContain(' 20  point-20   1d ago');
    expect(terminal.talk).not.toContain('point-21');
  });

  test('an older one than those shown may be named', async () => {
    expect(namesOf(await ask('point-25', many).chosen)).toEqual(['point-25']);
  });

  test('a backup may be named in digits', async () => {
    const dated = [...points, pointOf('20260228', '2026-02-28T03:00:00Z')];
    expect(namesOf(await ask('20260228', dated).chosen)).toEqual(['20260228']);
  });

  test('nobody is asked about no points', async () => {
    const { terminal, chosen } = ask('1', []);
    expect(await problemOf(() => chosen)).toEqual(NONE);
    expect(terminal.prompts).toEqual([]);
  });

  test.each([
    ['no terminal at all', false, false],
    ['no terminal to read from', false, true],
    ['no terminal to show them at', true, false],
  ])('nobody is asked with %s', async (_, stdinIsTTY, stderrIsTTY) => {
    const terminal = new FakeTerminal({ isTTY: true });
    const stderr = { ...terminal.stderr, isTTY: stderrIsTTY };
    const io = { ...terminal, stdinIsTTY, stderr, interrupted: terminal.interrupted };
    expect(await problemOf(() => choosePoint({ kind: 'ask' }, points, io, context))).toEqual({
      code: 'UsageError',
      message: 'which recovery point? There is no terminal to ask at',
      mend: 'give one of --latest, --point NAME or --at TIME',
    });
    expect([terminal.prompts, terminal.talk]).toEqual([[], '']);
  });
});
