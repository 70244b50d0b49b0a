import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const pages = globSync(['docs/**/*.md', 'README.md', 'CONTRIBUTING.md'], { cwd: root }).sort();

const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** A page without its fenced blocks, which show commands and objects of others. */
const prose = (markdown: string): string => markdown.replaceAll(/^ *(`{3,}|~{3,})[^\n]*\n[\s\S]*?^ *\1`*~* *$/gm, '');

const codeSpans = (markdown: string): string[] =>
  [...prose(markdown).matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, span = '']) => span);

/** Code spans that look like files or folders of this repository: a slash, and an extension or a slash at the end. */
const pathsIn = (markdown: string): string[] =>
  codeSpans(markdown).filter(span => /^[\w.@*-]+(?:\/[\w.@*-]+)*(?:\/[\w.@*-]*\.[A-Za-z][A-Za-z0-9]*|\/)$/.test(span));

const isThere = (path: string): boolean => {
  if (path.includes('*')) return globSync(path, { cwd: root }).length > 0;
  if (!existsSync(join(root, path))) return false;
  return !path.endsWith('/') || statSync(join(root, path)).isDirectory();
};

/** Targets of links, images and link definitions that lead to another file or another place of the same page. */
const relativeLinksIn = (markdown: string): string[] => {
  const text = prose(markdown).replaceAll(/`[^`\n]*`/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const definitions = [...text.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/gm)];
  return [...inline, ...definitions]
    .map(([, target = '']) => target)
    .filter(target => !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target));
};

/** Headings as GitHub names them in addresses. */
const anchorsOf = (markdown: string): string[] =>
  [...prose(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

const leads = (page: string, link: string): boolean => {
  const [path = '', anchor] = decodeURIComponent(link).split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(read(target)).includes(anchor);
};

const foldersUnder = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}/`);

describe.each(pages)('%s', page => {
  test('names only files and folders that exist', () => {
    expect(pathsIn(read(page)).filter(path => !isThere(path))).toEqual([]);
  });

  test('has no broken link', () => {
    expect(relativeLinksIn(read(page)).filter(link => !leads(page, link))).toEqual([]);
  });
});

test.each(['api', 'plugin', 'test', 'webhook'])('architecture.md names every folder under %s/', folder => {
  const named = new Set(codeSpans(read('docs/architecture.md')));
  expect(foldersUnder(folder).filter(path => !named.has(path))).toEqual([]);
});

describe('threat-model.md', () => {
  /** `| what | answer | test |`, with the numbers of the threats that it is about; `T02–T04` stands for three. */
  const rows = read('docs/threat-model.md')
    .split('\n')
    .filter(line => /^\| T\d/.test(line))
    .map(line => {
      const [, what = '', answer = '', tests = ''] = line.split('|').map(cell => cell.trim());
      const ids = [...what.matchAll(/T(\d+)(?:–T(\d+))?/g)].flatMap(([, first, last = first]) =>
        Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
      );
      return { what, answer, ids, tests: codeSpans(tests) };
    });

  test('answers every threat that was thought of', () => {
    const ids = new Set(rows.flatMap(row => row.ids));
    expect([...ids].sort((a, b) => a - b)).toEqual(Array.from({ length: 95 }, (_, index) => index + 1));
  });

  test('has for each a test, or says that it is outside the promise', () => {
    const lacking = rows.filter(({ tests, answer }) => tests.length === 0 && !/^outside the promise/.test(answer));
    expect(lacking.map(({ what }) => what)).toEqual([]);
  });

  test('leaves nothing open and nothing to be built', () => {
    expect(rows.filter(({ answer }) => /^open|not built|not found by itself/.test(answer))).toEqual([]);
  });

  test.each(
    rows.map(({ what, ids, tests }) => [what, ids, tests] as const),
  )('%s: its tests are tests', (_, ids, tests) => {
    expect(tests.filter(path => !/\.test\.ts$/.test(path) || !isThere(path))).toEqual([]);
    // An attack names the threat that it is.
    const attacks = tests.filter(path => path.startsWith('test/attacks/'));
    const named = ids.map(id => new RegExp(`\\bT${String(id).padStart(2, '0')}\\b`));
    expect(attacks.filter(path => !named.some(name => name.test(read(path))))).toEqual([]);
  });
});

describe('what these tests take for a path or a link', () => {
  test('paths are code spans with a slash and an extension, or a slash at the end', () => {
    const text = 'See `api/codes.ts`, `webhook/`, `docs/**/*.md`, `a.b/c.test.ts`, `.github/workflows/ci.yml`.';
    expect(pathsIn(text)).toEqual([
      'api/codes.ts',
      'webhook/',
      'docs/**/*.md',
      'a.b/c.test.ts',
      '.github/workflows/ci.yml',
    ]);
  });

  test('names of Kubernetes, commands, addresses and folders of a user are none', () => {
    const text =
      '`kubectl-recover.io/stamp` `velero.io/v1` `/readyz` `~/.cache/kubectl-recover` `NAMESPACE/NAME` `package.json` `npx node test/clusters/cli.ts` `https://velero.io/x.html`';
    expect(pathsIn(text)).toEqual([]);
  });

  test('fenced blocks are not read', () => {
    expect(pathsIn('```sh\n`gone/a.ts`\n```\n`api/codes.ts`')).toEqual(['api/codes.ts']);
    expect(relativeLinksIn('~~~\n[a](gone.md)\n~~~\n')).toEqual([]);
  });

  test('links are relative unless they have a scheme', () => {
    const text = '[a](x.md) ![b](<y.png> "title") [c](https://velero.io) [d](#here) `[e](code.md)`\n[f]: z.md\n';
    expect(relativeLinksIn(text)).toEqual(['x.md', 'y.png', '#here', 'z.md']);
  });

  test('what is not there is found', () => {
    expect(['webhook/gone.ts', 'webhook/main.ts/', 'gone/', 'gone/*.ts'].filter(isThere)).toEqual([]);
    expect(leads('docs/architecture.md', 'gone.md')).toBe(false);
    expect(leads('docs/architecture.md', '#no-such-heading')).toBe(false);
    expect(leads('docs/architecture.md', '../CONTRIBUTING.md#commits')).toBe(true);
  });
});
