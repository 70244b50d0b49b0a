/**
 * What the API server fills in where the manifests say nothing (pkg/apis/admissionregistration/v1/defaults.go).
 * Left out on both sides, it is no difference; another value is one.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  failurePolicy: '"Fail"',
  matchPolicy: '"Equivalent"',
  namespaceSelector: '{}',
  objectSelector: '{}',
  port: '443',
  reinvocationPolicy: '"Never"',
  scope: '"*"',
  timeoutSeconds: '10',
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keysOf = (value: Fields): string[] =>
  Object.keys(value).filter(key => value[key] !== undefined && JSON.stringify(value[key]) !== DEFAULTS[key]);

/**
 * Where two specs differ, as paths such as `validations[0].expression`; empty if they mean the same. What is there
 * and not expected counts as well: one more condition can open a wall.
 */
export const differences = (expected: unknown, found: unknown, path = ''): string[] => {
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return [path];
    return expected.flatMap((item, index) => differences(item, found[index], `${path}[${index}]`));
  }
  if (isFields(expected) && isFields(found)) {
    const keys = new Set([...keysOf(expected), ...keysOf(found)]);
    return [...keys].flatMap(key => {
      const inner = path === '' ? key : `${path}.${key}`;
      // A default on one side only is a difference if the other side says something else.
      return differences(expected[key] ?? defaultOf(key), found[key] ?? defaultOf(key), inner);
    });
  }
  return JSON.stringify(expected) === JSON.stringify(found) ? [] : [path];
};

const defaultOf = (key: string): unknown => {
  const json = Object.hasOwn(DEFAULTS, key) ? DEFAULTS[key] : undefined;
  return json === undefined ? undefined : JSON.parse(json);
};
