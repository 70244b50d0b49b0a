import { RecoverError } from '../../api/recover-error.ts';

/** One step of a path, or a value that stands for itself. */
export type PathNode =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly step?: number }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'union'; readonly paths: readonly Path[] }
  | { readonly kind: 'exists'; readonly left: Path }
  | { readonly kind: 'compare'; readonly left: Path; readonly operator: Operator; readonly right: Path };

export type Path = readonly PathNode[];
export type Operator = '==' | '!=' | '<' | '>' | '<=' | '>=';

/** What a template is made of: text, paths in braces, and what is between `range` and `end`. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'range'; readonly path: Path; readonly body: readonly TemplatePart[] };

const OPERATORS: readonly string[] = ['==', '!=', '<', '>', '<=', '>='] satisfies readonly Operator[];

const unusable = (template: string, why: string): RecoverError =>
  new RecoverError({
    code: 'UsageError',
    message: `"${template}" is no JSONPath template as kubectl takes them: ${why}`,
    mend: "write it as -o jsonpath='{.items[*].backup}', or take -o json and jq",
  });

/** Where a name ends, unless a backslash stands before it (`isTerminator` in client-go's util/jsonpath/parser.go). */
const ENDS_NAME = /[ \t\r\n.,[\]$@{}]/;

/** Reads paths as client-go's `util/jsonpath` does; what it does not know is refused, and so it is here. */
class PathReader {
  readonly #text: string;
  readonly #template: string;
  #at = 0;

  constructor(text: string, template: string) {
    this.#text = text;
    this.#template = template;
  }

  path(): Path {
    const nodes: PathNode[] = [];
    while (this.#at < this.#text.length) nodes.push(...this.#node(nodes.at(-1)));
    return nodes;
  }

  #refuse(why: string): RecoverError {
    return unusable(this.#template, why);
  }

  #node(previous: PathNode | undefined): readonly PathNode[] {
    const rest = this.#text.slice(this.#at);
    const [first = ''] = rest;
    // The object that is looked at, or the root of it: a path begins there anyway.
    if (first === ' ' || first === '@' || first === '$') return this.#skip(1);
    if (rest.startsWith('[?(')) return [this.#filter()];
    if (rest.startsWith('..')) {
      if (previous?.kind === 'recursive') throw this.#refuse('.. stands twice');
      this.#at += 2;
      return [{ kind: 'recursive' }, ...(/^\.\.[\p{L}\d_]/u.test(rest) ? [this.#field()] : [])];
    }
    if (first === '.') {
      this.#at += 1;
      return [this.#field()];
    }
    if (first === '[') return this.#brackets();
    if (first === '"' || first === "'") return [{ kind: 'literal', value: this.#quoted(first) }];
    const [word] = /^(true|false|[-+]?\d+(\.\d+)?)(?![^ \t.,[\]$@{}])/.exec(rest) ?? [];
    if (word === undefined) throw this.#refuse(`what is meant by "${rest}"?`);
    this.#at += word.length;
    return [{ kind: 'literal', value: word === 'true' || word === 'false' ? word === 'true' : Number(word) }];
  }

  #skip(characters: number): readonly PathNode[] {
    this.#at += characters;
    return [];
  }

  #field(): PathNode {
    let name = '';
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? '';
      if (character === '\\') {
        this.#at += 1;
        name += this.#text[this.#at] ?? '';
      } else if (ENDS_NAME.test(character)) break;
      else name += character;
    }
    if (name === '') throw this.#refuse('a field has no name');
    return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name };
  }

  #quoted(quote: string): string {
    const start = this.#at + 1;
    let end = start;
    while (end < this.#text.length && (this.#text[end] !== quote || this.#text[end - 1] === '\\')) end += 1;
    if (end >= this.#text.length) throw this.#refuse('a quotation mark is not closed');
    this.#at = end + 1;
    return this.#text.slice(start, end).replaceAll(/\\(.)/gs, (_, escaped: string) => {
      const meant = ESCAPES[escaped];
      if (meant === undefined) throw this.#refuse(`what is meant by "\\${escaped}"?`);
      return meant;
    });
  }

  /** Up to the bracket that closes; a bracket in a quoted key closes nothing. */
  #brackets(): readonly PathNode[] {
    const [whole, inner] = /^\[((?:'[^']*'|"[^"]*"|[^\]'"])*)\]/.exec(this.#text.slice(this.#at)) ?? [];
    if (whole === undefined || inner === undefined) throw this.#refuse('a bracket is not closed');
    this.#at += whole.length;
    const terms = inner.match(/(?:'[^']*'|"[^"]*"|[^,'"])+/g) ?? [];
    if (terms.length > 1) return [{ kind: 'union', paths: terms.map(term => [this.#term(term.trim())]) }];
    return [this.#term(inner)];
  }

  #term(term: string): PathNode {
    if (term === '*') return { kind: 'slice' };
    const [, , key] = /^(['"])(.*)\1$/.exec(term) ?? [];
    if (key !== undefined) return { kind: 'field', name: key.replaceAll(/\\(.)/g, '$1') };
    if (/^-?\d+$/.test(term)) return { kind: 'index', index: Number(term) };
    const [slice, from, to, step] = /^(-?\d*):(-?\d*)(?::(\d*))?$/.exec(term) ?? [];
    if (slice === undefined || step === '0') throw this.#refuse(`"[${term}]" is neither an index nor a key`);
    const number = (name: 'from' | 'to' | 'step', text: string | undefined) => (text ? { [name]: Number(text) } : {});
    return { kind: 'slice', ...number('from', from), ...number('to', to), ...number('step', step) };
  }

  #filter(): PathNode {
    const [whole, inner] =
      /^\[\?\(((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^)'"])*)\)\]/.exec(this.#text.slice(this.#at)) ?? [];
    if (whole === undefined || inner === undefined) throw this.#refuse('a filter is not closed');
    this.#at += whole.length;
    const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)(.+)$/s.exec(inner) ?? [];
    if (left === undefined || right === undefined) return { kind: 'exists', left: this.#inner(inner) };
    if (!isOperator(operator)) throw this.#refuse(`there is no operator "${operator}"`);
    return { kind: 'compare', left: this.#inner(left), operator, right: this.#inner(right) };
  }

  #inner(text: string): Path {
    return new PathReader(text, this.#template).path();
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" };

const isOperator = (text: string | undefined): text is Operator => text !== undefined && OPERATORS.includes(text);

/** Actions and the text between them; a brace in a quotation closes nothing. */
const PIECES = /\{((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^}'"])*)\}|([^{]+)/gs;

/**
 * Reads a template in kubectl's dialect of JSONPath (client-go's `util/jsonpath`).
 * @throws RecoverError `UsageError` names what it does not know
 */
export const parseJsonPath = (template: string): readonly TemplatePart[] => {
  const open: { readonly path: Path; readonly body: TemplatePart[] }[] = [{ path: [], body: [] }];
  const add = (part: TemplatePart): void => void open.at(-1)?.body.push(part);
  let end = 0;
  for (const { 0: whole, 1: action, 2: text, index } of template.matchAll(PIECES)) {
    if (index !== end) break;
    end += whole.length;
    if (action === undefined) add({ kind: 'text', text: text ?? '' });
    else if (/^\s*range(?![\p{L}\d_])/u.test(action)) {
      open.push({ path: new PathReader(action.replace('range', '').trim(), template).path(), body: [] });
    } else if (action.trim() === 'end') {
      const range = open.length > 1 ? open.pop() : undefined;
      if (range === undefined) throw unusable(template, 'an {end} has no {range}');
      add({ kind: 'range', ...range });
    } else add({ kind: 'path', path: new PathReader(action, template).path() });
  }
  if (end !== template.length) throw unusable(template, 'a brace is not closed');
  if (open.length > 1) throw unusable(template, 'a {range} has no {end}');
  return open[0]?.body ?? [];
};

/** One path, as custom columns have it: braces and the leading dot may be missing. */
export const parseColumnPath = (text: string): Path => {
  const [, inner] = /^\{(.*)\}$/s.exec(text) ?? [];
  const path = inner ?? text;
  return new PathReader(/^[.[$@]/.test(path) ? path : `.${path}`, text).path();
};
