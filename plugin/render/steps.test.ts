import { describe, expect, test } from 'vitest';
import { FakeTerminal, type TerminalSetting } from '../../test/fakes/fake-terminal.ts';
import { paletteOf } from './color.ts';
import { createStepView, STEPS, type StepState, stepText } from './steps.ts';

const plain = paletteOf(false);
const utf8 = { TERM: 'xterm', LANG: 'en_US.UTF-8' };

const viewOn = (setting: TerminalSetting, quiet = false) => {
  const terminal = new FakeTerminal(setting);
  return { terminal, view: createStepView(terminal, plain, quiet) };
};

describe('a step', () => {
  test.each([
    ['waiting', '  checks      9 of 9 passed', '       checks      9 of 9 passed'],
    ['running', '◎ checks      9 of 9 passed', '...    checks      9 of 9 passed'],
    ['done', '✔ checks      9 of 9 passed', 'ok     checks      9 of 9 passed'],
    ['failed', '✗ checks      9 of 9 passed', 'failed checks      9 of 9 passed'],
  ] as const)('that is %s has a glyph, or a word', (state, glyph, word) => {
    const line = { name: 'checks', state, text: '9 of 9 passed' } as const;
    expect([stepText(line, plain, true), stepText(line, plain, false)]).toEqual([glyph, word]);
  });

  test('the text of all steps begins in one column', () => {
    const columns = STEPS.map(name => stepText({ name, state: 'done', text: '|' }, plain, false).indexOf('|'));
    expect(new Set(columns)).toEqual(new Set([19]));
  });

  test('without text ends without spaces', () => {
    expect(stepText({ name: 'proof', state: 'running', text: '' }, plain, false)).toBe('...    proof');
  });

  test.each([
    ['done', '\u001b[32m✔\u001b[39m proof       x'],
    ['failed', '\u001b[31m✗\u001b[39m proof       x'],
    ['running', '\u001b[2m◎\u001b[22m proof       x'],
    ['waiting', '\u001b[2m \u001b[22m proof       x'],
  ] as const)('that is %s has its colour', (state: StepState, text) => {
    expect(stepText({ name: 'proof', state, text: 'x' }, paletteOf(true), true)).toBe(text);
  });
});

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
