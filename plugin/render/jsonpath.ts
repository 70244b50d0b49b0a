import { RecoverError } from '../../api/recover-error.ts';
import type { Operator, Path, PathNode, TemplatePart } from './parse-jsonpath.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const children = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];

const descendants = (value: unknown): readonly unknown[] => {
  const below = children(value);
  return below.length === 0 ? [] : [value, ...below.flatMap(descendants)];
};

const unfit = (why: string): RecoverError =>
  new RecoverError({
    code: 'UsageError',
    message: `the JSONPath template does not fit: ${why}`,
    mend: 'see what there is with -o json',
  });

const listOf = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw unfit('an index or a filter stands behind something that is no list');
};

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

const outOfBounds = (index: number, { length }: readonly unknown[]): RecoverError =>
  unfit(`index ${index} is out of bounds, the list has ${length}`);

const at = (list: readonly unknown[], index: number): readonly unknown[] => {
  const found = index < 0 ? index + list.length : index;
  if (found < 0 || found >= list.length) throw outOfBounds(index, list);
  return [list[found]];
};

/** Unlike JavaScript, client-go refuses ends of a slice that lie outside of the list. */
const slice = (list: readonly unknown[], { from = 0, to, step = 1 }: PathNode & { readonly kind: 'slice' }) => {
  const start = from < 0 ? from + list.length : from;
  const end = to === undefined ? list.length : to < 0 ? to + list.length : to;
  if (start === end) return [];
  if (start < 0 || start >= list.length) throw outOfBounds(from, list);
  if (end < 0 || end > list.length) throw outOfBounds((to ?? 0) - 1, list);
  if (start > end) throw unfit(`a slice begins at ${start} and ends at ${end}`);
  return list.slice(start, end).filter((_, index) => index % step === 0);
};

const compares = (left: unknown, operator: Operator, right: unknown): boolean => {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  const areNumbers = typeof left === 'number' && typeof right === 'number';
  const areTexts = typeof left === 'string' && typeof right === 'string';
  if (!areNumbers && !areTexts) throw unfit(`"${textOf(left)}" and "${textOf(right)}" have no order`);
  switch (operator) {
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    case '>=':
      return left >= right;
  }
};

const one = (values: readonly unknown[]): readonly unknown[] => {
  if (values.length > 1) throw unfit('a filter compares more than one value');
  return values;
};

const isMatch = (element: unknown, node: PathNode & { readonly kind: 'exists' | 'compare' }): boolean => {
  const left = evaluate(node.left, element);
  if (node.kind === 'exists') return left.length > 0;
  const [leftValue, rightValue] = [one(left), one(evaluate(node.right, element))];
  return leftValue.length > 0 && rightValue.length > 0 && compares(leftValue[0], node.operator, rightValue[0]);
};

const step = (node: PathNode, values: readonly unknown[]): readonly unknown[] => {
  switch (node.kind) {
    case 'literal':
      return [node.value];
    case 'field':
      return values.flatMap(value => (isRecord(value) && Object.hasOwn(value, node.name) ? [value[node.name]] : []));
    case 'wildcard':
      return values.flatMap(children);
    case 'recursive':
      return values.flatMap(descendants);
    case 'index':
      return values.filter(isPresent).flatMap(value => at(listOf(value), node.index));
    case 'slice':
      return values.filter(isPresent).flatMap(value => slice(listOf(value), node));
    case 'union':
      return node.paths.flatMap(path => path.reduce((found, inner) => step(inner, found), values));
    case 'exists':
    case 'compare':
      return values.filter(isPresent).flatMap(value => listOf(value).filter(element => isMatch(element, node)));
  }
};

/** The values that a path leads to; a field that is missing leads to none. */
export const evaluate = (path: Path, value: unknown): readonly unknown[] =>
  path.reduce<readonly unknown[]>((values, node) => step(node, values), [value]);

/** A value as kubectl prints it: objects and lists as JSON, text as it is. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

const fillPart = (part: TemplatePart, value: unknown): string => {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'path':
      return evaluate(part.path, value).map(textOf).join(' ');
    case 'range':
      return evaluate(part.path, value)
        .map(element => fillJsonPath(part.body, element))
        .join('');
  }
};

/** Fills a template; values of one path stand one space apart, and nothing is added at the end. */
export const fillJsonPath = (parts: readonly TemplatePart[], value: unknown): string =>
  parts.map(part => fillPart(part, value)).join('');
