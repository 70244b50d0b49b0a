import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FakeTerminal, type TerminalSetting } from '../../test/fakes/fake-terminal.ts';
import { paletteOf } from './color.ts';
import { createStepView } from './step-view.ts';
import { STEPS, type StepDetail } from './steps.ts';

const plain = paletteOf(false);
const utf8 = { TERM: 'xterm', LANG: 'en_US.UTF-8' };

const viewOn = (setting: TerminalSetting, quiet = false) => {
  const terminal = new FakeTerminal(setting);
  return { terminal, view: createStepView(terminal, plain, { quiet }) };
};

describe('in a pipe', () => {
  test('each change is a line of its own, without escape sequences', () => {
    const { terminal, view } = viewOn({ env: utf8 });
    view.set('checks', 'running', '');
    view.set('checks', 'done', '9 of 9 passed');
    view.set('token', 'done', 'issued for shop');
    expect(terminal.talk).toBe(
      ['...    checks', 'ok     checks      9 of 9 passed', 'ok     token       issued for shop', ''].join('\n'),
    );
    expect(terminal.data).toBe('');
  });

  test('the same is not said twice, but each change of state or text is', () => {
    const { terminal, view } = viewOn({});
    view.set('restored', 'running', '1/2 items restored');
    view.set('restored', 'running', '1/2 items restored');
    view.set('restored', 'running', '2/2 items restored');
    view.set('restored', 'done', '2/2 items restored');
    view.set('restored', 'done', '2/2 items restored');
    expect(terminal.talk.split('\n')).toEqual([
      '...    restored    1/2 items restored',
      '...    restored    2/2 items restored',
      'ok     restored    2/2 items restored',
      '',
    ]);
  });
});

describe('on a terminal', () => {
  const terminalWith = (env: Readonly<Record<string, string>>) => viewOn({ isTTY: true, env });

  test('a step is redrawn in place', () => {
    const { terminal, view } = terminalWith(utf8);
    view.set('proof', 'done', '15 min');
    view.set('checks', 'running', '');
    view.set('checks', 'done', '9 of 9 passed');
    expect(terminal.screen).toEqual(['✔ proof       15 min', '✔ checks      9 of 9 passed']);
  });

  test('steps stand in their order, in whichever they come', () => {
    const { terminal, view } = terminalWith(utf8);
    for (const name of STEPS.toReversed()) view.set(name, 'done', 'x');
    expect(terminal.screen).toEqual(STEPS.map(name => `✔ ${name.padEnd(10)}  x`));
  });

  test('a long text goes on under the place where it began, and is drawn over as a whole', () => {
    const { terminal, view } = viewOn({ isTTY: true, env: utf8, columns: 40 });
    view.set('proof', 'running', 'the group is gone from cluster "prod"; owners as of noon');
    expect(terminal.screen).toEqual([
      '◎ proof       the group is gone from',
      '              cluster "prod"; owners as',
      '              of noon',
    ]);
    view.set('proof', 'done', '15 min');
    expect(terminal.screen).toEqual(['✔ proof       15 min']);
  });

  test('rows are counted by the columns that a terminal draws', () => {
    const { terminal, view } = viewOn({ isTTY: true, env: utf8, columns: 40 });
    view.set('proof', 'running', '商'.repeat(20));
    view.set('proof', 'done', 'x');
    // Two rows of the terminal, though 34 characters.
    expect(terminal.talk).toContain('\r\u001b[2A');
  });

  test('a shorter text leaves nothing of a longer one', () => {
    const { terminal, view } = terminalWith(utf8);
    view.set('restored', 'running', '100/100 items restored');
    view.set('restored', 'done', 'all');
    expect(terminal.screen).toEqual(['✔ restored    all']);
  });

  test('other talk between steps is not drawn over', () => {
    const { terminal, view } = terminalWith(utf8);
    view.set('proof', 'done', '15 min');
    view.set('point', 'running', '');
    view.settle();
    terminal.stderr.write('passed over noon: it still runs\nRecover? [y/N] y\n');
    view.set('point', 'done', 'night');
    view.set('checks', 'running', '');
    view.set('checks', 'done', '9 of 9 passed');
    expect(terminal.screen).toEqual([
      '✔ proof       15 min',
      '◎ point',
      'passed over noon: it still runs',
      'Recover? [y/N] y',
      '✔ point       night',
      '✔ checks      9 of 9 passed',
    ]);
  });

  test.each([
    ['without a locale', { TERM: 'xterm' }],
    ['in the C locale', { TERM: 'xterm', LANG: 'C' }],
    ['where LC_ALL says otherwise than LANG', { TERM: 'xterm', LC_ALL: 'C', LANG: 'en_US.UTF-8' }],
    ['where LC_CTYPE says otherwise than LANG', { TERM: 'xterm', LC_CTYPE: 'POSIX', LANG: 'en_US.UTF-8' }],
  ])('%s words stand for glyphs, and are redrawn', (_, env) => {
    const { terminal, view } = terminalWith(env);
    view.set('proof', 'running', '');
    view.set('proof', 'done', '15 min');
    expect(terminal.screen).toEqual(['ok     proof       15 min']);
    expect(terminal.talk).toContain('\u001b[1A');
  });

  test.each([
    { LC_ALL: 'de_DE.utf8' },
    { LC_CTYPE: 'C.UTF-8' },
    { LC_ALL: '', LANG: 'en_US.UTF-8' },
  ])('glyphs are shown with %j', env => {
    const { terminal, view } = terminalWith(env as Readonly<Record<string, string>>);
    view.set('proof', 'done', '15 min');
    expect(terminal.screen).toEqual(['✔ proof       15 min']);
  });

  test('that is dumb nothing is redrawn', () => {
    const { terminal, view } = terminalWith({ ...utf8, TERM: 'dumb' });
    view.set('proof', 'running', '');
    view.set('proof', 'done', '15 min');
    expect(terminal.talk).toBe('...    proof\nok     proof       15 min\n');
  });
});

test.each([true, false])('nothing is said when quiet, with a terminal: %s', isTTY => {
  const { terminal, view } = viewOn({ isTTY, env: utf8 }, true);
  view.set('proof', 'done', '15 min');
  view.set('proof', 'failed', 'gone');
  expect(terminal.talk).toBe('');
});

describe('a recovery on a terminal', () => {
  const began = (setting: TerminalSetting = {}) => {
    const { terminal, view } = viewOn({ isTTY: true, env: utf8, rows: 24, columns: 60, ...setting });
    view.begin('Recovery of "shop" from night in cluster "dr"', terminal.clock());
    return { terminal, view };
  };
  const drawings = (terminal: FakeTerminal): number => terminal.talk.split('Recovery of').length - 1;

  test('is a tree: what is done, what runs and how far it is, what is still to come', async () => {
    const { terminal, view } = began();
    view.set('checks', 'done', '9 of 9 passed');
    view.set('restored', 'running', '123/456 items restored', [
      { name: 'volumes', state: 'running', text: '1/3 restored, 1.2 GiB of 4.0 GiB' },
    ]);
    await view.sleep(42_000);
    expect(terminal.screen).toEqual([
      'Recovery of "shop" from night in cluster "dr"  00:41',
      '├─ ✔ checks      9 of 9 passed',
      '├─ ○ token',
      '├─ ○ admitted',
      '├─ ◎ restored    123/456 items restored',
      '│  └─ ◎ volumes     1/3 restored, 1.2 GiB of 4.0 GiB',
      '└─ ○ workloads',
    ]);
  });

  test('is redrawn five times a second at most, however often something changes', async () => {
    const { terminal, view } = began();
    for (let items = 1; items <= 100; items += 1) {
      view.set('restored', 'running', `${items}/100 items restored`);
      await view.sleep(10);
    }
    expect(drawings(terminal)).toBe(5);
    view.settle();
    expect(drawings(terminal)).toBe(6);
    expect(terminal.screen).toContain('├─ ◎ restored    100/100 items restored');
  });

  test('is redrawn once a second while nothing changes, for the time', async () => {
    const { terminal, view } = began();
    view.set('restored', 'running', '1/2 items restored');
    await view.sleep(10_000);
    expect(drawings(terminal)).toBe(10);
  });

  test('says in the end what it said last, though that came too soon after the drawing before', () => {
    const { terminal, view } = began();
    view.set('restored', 'running', '1/2 items restored');
    view.set('restored', 'done', '2/2 items restored');
    view.settle();
    terminal.stderr.write('recovered\n');
    expect(terminal.screen).toEqual([
      'Recovery of "shop" from night in cluster "dr"  00:00',
      '├─ ○ checks',
      '├─ ○ token',
      '├─ ○ admitted',
      '├─ ✔ restored    2/2 items restored',
      '└─ ○ workloads',
      'recovered',
    ]);
  });

  test('of which fewer lines are left leaves none behind', async () => {
    const { terminal, view } = began();
    const waiting: readonly StepDetail[] = ['a', 'b'].map(name => ({ name, state: 'running', text: '0/1 ready' }));
    view.set('workloads', 'running', '0 of 2 ready', waiting);
    await view.sleep(1_000);
    view.set('workloads', 'done', '2 of 2 ready');
    await view.sleep(1_000);
    expect(terminal.screen).toHaveLength(6);
    expect(terminal.screen.at(-1)).toBe('└─ ✔ workloads   2 of 2 ready');
  });

  test('never clears the screen, and never hides the cursor', async () => {
    const { terminal, view } = began();
    terminal.stderr.write('above\n');
    view.set('checks', 'running', '');
    await view.sleep(3_000);
    view.settle();
    expect(terminal.talk).not.toMatch(/\[[23]J|\[\?25/);
    expect(terminal.screen[0]).toBe('above');
  });

  test('fits into a low terminal, and is shown whole in the end', async () => {
    const { terminal, view } = began({ rows: 4 });
    terminal.stderr.write('above\n');
    view.set('checks', 'done', '9 of 9 passed');
    view.set('restored', 'running', '1/2 items restored', [{ name: 'volumes', state: 'running', text: '0/1' }]);
    await view.sleep(5_000);
    expect(terminal.screen.slice(1)).toEqual([
      'Recovery of "shop" from night in cluster "dr"  00:04',
      '└─ ◎ restored    1/2 items restored',
      '   └─ ◎ volumes     0/1',
    ]);
    view.set('restored', 'done', '2/2 items restored');
    view.settle();
    expect(terminal.screen).toHaveLength(7);
  });

  test('that becomes narrower leaves what may have been wrapped, and goes on below it, once', async () => {
    const { terminal, view } = began();
    view.set('restored', 'running', '1/2 items restored');
    await view.sleep(1_000);
    const { length } = terminal.talk;
    const sizes = [50, 45, 40, 30];
    terminal.meanwhile = () => {
      terminal.columns = sizes.shift() ?? 30;
      view.set('restored', 'running', `${terminal.naps.length}/99 items restored`);
    };
    await view.sleep(3_000);
    const [, ...later] = terminal.talk.slice(length).split('\r');
    const fresh = later.filter(drawing => !drawing.startsWith('\u001b[6A'));
    expect(fresh).toHaveLength(1);
    const last = stripVTControlCharacters(later.at(-1) ?? '').split('\n');
    expect(Math.max(...last.map(line => line.length))).toBeLessThan(30);
  });

  test('ends its wait at Ctrl-C', async () => {
    const { terminal, view } = began();
    terminal.meanwhile = () => terminal.interruption.abort();
    await view.sleep(60_000);
    expect(terminal.naps).toEqual([200]);
  });
});

describe('without a terminal', () => {
  test('a recovery is a line for each change of a step, and of each thing that it is made of', async () => {
    const { terminal, view } = viewOn({ env: utf8 });
    view.begin('Recovery of "shop"', terminal.clock());
    const volumes = (text: string): readonly StepDetail[] => [{ name: 'volumes', state: 'running', text }];
    view.set('restored', 'running', '9/9 items restored', volumes('0/1 restored'));
    await view.sleep(2_000);
    view.set('restored', 'running', '9/9 items restored', volumes('1/1 restored'));
    view.set('restored', 'done', '9/9 items restored', volumes('1/1 restored'));
    view.settle();
    expect(terminal.talk).toBe(
      [
        '...    restored    9/9 items restored',
        '...      volumes   0/1 restored',
        '...      volumes   1/1 restored',
        'ok     restored    9/9 items restored',
        '',
      ].join('\n'),
    );
    expect(terminal.naps).toEqual([2_000]);
  });

  test('a line break in what others say is no new line', () => {
    const { terminal, view } = viewOn({ env: utf8 });
    view.set('restored', 'running', 'one\ntwo\u001b[2J');
    expect(terminal.talk).toBe('...    restored    one two [2J\n');
  });
});

test('where each request is told, nothing is drawn over', () => {
  const terminal = new FakeTerminal({ isTTY: true, env: utf8 });
  const view = createStepView(terminal, plain, { quiet: false, isTalkative: true });
  view.begin('Recovery of "shop"', terminal.clock());
  view.set('checks', 'running', '');
  view.set('checks', 'done', '9 of 9 passed');
  expect(terminal.talk).toBe('◎ checks\n✔ checks      9 of 9 passed\n');
});
