/** From the places in a name where the pattern so far may end to those where it may end one step later. */
type Step = (name: string, at: ReadonlySet<number>) => ReadonlySet<number>;

const oneCharacter =
  (fits: (character: string) => boolean): Step =>
  (name, at) =>
    new Set([...at].filter(place => place < name.length && fits(name.charAt(place))).map(place => place + 1));

const anyRun: Step = (name, at) => {
  const first = Math.min(...at);
  return new Set(Array.from({ length: name.length - first + 1 }, (_, index) => first + index));
};

const oneOf =
  (options: readonly (readonly Step[])[]): Step =>
  (name, at) =>
    new Set(options.flatMap(steps => [...walk(steps, name, at)]));

const walk = (steps: readonly Step[], name: string, from: ReadonlySet<number>): ReadonlySet<number> => {
  let at = from;
  for (const step of steps) {
    if (at.size === 0) return at;
    at = step(name, at);
  }
  return at;
};

/** `[abc]` or `[a-z]`, each with `!` for its opposite. */
const characterClass = (body: string): Step | undefined => {
  const isNegated = body.startsWith('!');
  const members = isNegated ? body.slice(1) : body;
  const [, low, high] = /^(.)-(.)$/.exec(members) ?? [];
  if (low !== undefined && high !== undefined) {
    return oneCharacter(character => (character >= low && character <= high) !== isNegated);
  }
  if (members === '' || members.includes('-')) return undefined;
  return oneCharacter(character => members.includes(character) !== isNegated);
};

const choice = (body: string): Step | undefined => {
  const options = body.split(',').map(parse);
  return options.every(option => option !== undefined) ? oneOf(options) : undefined;
};

const parse = (pattern: string): readonly Step[] | undefined => {
  const steps: Step[] = [];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (character === '[' || character === '{') {
      const end = pattern.indexOf(character === '[' ? ']' : '}', index);
      const body = pattern.slice(index + 1, end);
      const step = character === '[' ? characterClass(body) : choice(body);
      if (end < 0 || step === undefined) return undefined;
      steps.push(step);
      index = end;
    } else if (character === ']' || character === '}') return undefined;
    else if (character === '*') steps.push(anyRun);
    else steps.push(oneCharacter(each => character === '?' || each === character));
  }
  return steps;
};

/**
 * Whether a name fits a glob as Velero expands them since 1.18 (pkg/util/wildcard/expand.go): `*`, `?`, `[abc]`,
 * `{a,b}`. A malformed one fits nothing. Takes time in proportion to name and pattern, whatever the pattern: it may be
 * written by whoever may create a Backup, and a regular expression would try every way to divide the name.
 */
export const matchesGlob = (name: string, pattern: string): boolean => {
  const steps = parse(pattern);
  return steps !== undefined && walk(steps, name, new Set([0])).has(name.length);
};
