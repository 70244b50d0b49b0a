import { stringify } from 'yaml';
import { RecoverError } from '../../api/recover-error.ts';
import { evaluate, fillJsonPath, textOf } from './jsonpath.ts';
import { type Path, parseColumnPath, parseJsonPath, type TemplatePart } from './parse-jsonpath.ts';
import { table } from './table.ts';

interface Column {
  readonly title: string;
  readonly path: Path;
}

/** A form that a value has whatever it is about. */
export type StructuredFormat =
  | 'json'
  | 'yaml'
  | { readonly kind: 'jsonpath'; readonly parts: readonly TemplatePart[] }
  | { readonly kind: 'custom-columns'; readonly columns: readonly Column[] };

export type OutputFormat = StructuredFormat | 'name' | 'wide';

/** Names of formats that a command may have beside the structured ones. */
export type OwnFormat = 'name' | 'wide';

const STRUCTURED = ['json', 'yaml', 'jsonpath=TEMPLATE', 'custom-columns=SPEC'];

/** Formats of kubectl that need a template language of Go, or a file. */
const REFUSED: Readonly<Record<string, string>> = {
  'go-template': 'Go’s templates need Go',
  'go-template-file': 'Go’s templates need Go',
  template: 'Go’s templates need Go',
  templatefile: 'Go’s templates need Go',
  'jsonpath-as-json': 'it is not built',
  'jsonpath-file': 'it is not built',
  'custom-columns-file': 'it is not built',
  kyaml: 'it is not built',
};

const usage = (message: string, mend: string): RecoverError => new RecoverError({ code: 'UsageError', message, mend });

const parseColumns = (spec: string): Column[] =>
  spec.split(',').map(column => {
    const [, title, path] = /^([^:]+):(.+)$/s.exec(column) ?? [];
    if (title === undefined || path === undefined) {
      throw usage(`"${column}" is no column`, 'write -o custom-columns=NAME:.path,OTHER:.other.path');
    }
    return { title, path: parseColumnPath(path) };
  });

/**
 * The format behind -o. What the command has no such form of is refused before anything is done.
 * @throws RecoverError `UsageError`
 */
export const parseOutput = (text: string, own: readonly OwnFormat[]): OutputFormat => {
  const [, kind = text, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const known = `-o takes ${[...STRUCTURED, ...own].join(', ')} here`;
  const isBare = value === undefined;
  if (isBare && (kind === 'json' || kind === 'yaml')) return kind;
  const ownFormat = own.find(format => isBare && format === kind);
  if (ownFormat !== undefined) return ownFormat;
  if (kind === 'jsonpath' || kind === 'custom-columns') {
    if (!value) throw usage(`-o ${kind} has nothing behind it`, `write -o ${kind}=…`);
    return kind === 'jsonpath' ? { kind, parts: parseJsonPath(value) } : { kind, columns: parseColumns(value) };
  }
  const why = REFUSED[kind] ?? (kind === 'name' || kind === 'wide' ? 'this command has no such form' : undefined);
  throw usage(`-o ${text} is not taken${why === undefined ? '' : `: ${why}`}`, known);
};

/** Whether the format is one for scripts, of the whole value. */
export const isStructured = (format: OutputFormat | undefined): format is StructuredFormat =>
  format !== undefined && format !== 'name' && format !== 'wide';

/** What is shown in rows: the items of a list, or the value itself. */
const rowsOf = (value: unknown): readonly unknown[] => {
  const [items] = evaluate([{ kind: 'field', name: 'items' }], value);
  return Array.isArray(items) ? items : [value];
};

const cell = ({ path }: Column, value: unknown): string => {
  const found = evaluate(path, value).filter(each => each !== null);
  return found.length === 0 ? '<none>' : found.map(textOf).join(',');
};

/** A value for scripts. kubectl reads YAML 1.1, where a bare `no` is false: what means more there is quoted. */
export const structured = (value: unknown, format: StructuredFormat): string => {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  if (format === 'yaml') return stringify(value, { compat: 'yaml-1.1' });
  // What would not be in the JSON is not there for a path either.
  const plain: unknown = JSON.parse(JSON.stringify(value));
  if (format.kind === 'jsonpath') return fillJsonPath(format.parts, plain);
  const { columns } = format;
  return table(
    columns.map(({ title }) => title),
    rowsOf(plain).map(row => columns.map(column => cell(column, row))),
  );
};

/** A list for scripts, as kubectl has it: `items`. */
export const structuredList = (items: readonly unknown[], format: StructuredFormat): string =>
  structured({ items }, format);
