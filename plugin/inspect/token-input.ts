import { closeSync, openSync, readSync } from 'node:fs';
import { parse } from 'yaml';
import { ANNOTATIONS } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** What is looked at, and where it is to be had. */
export const GIVE_TOKEN =
  'give a whole token, or a file with a Backup, Restore, Recovery or AccessRequest that carries some: kubectl get backup NAME -n velero -o yaml';

/** An object with some tokens in it is smaller; what is larger is not read. */
const MAX_BYTES = 1024 * 1024;

const readAtMost = (path: string): string => {
  const file = path === '-' ? 0 : openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const count = readSync(file, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0 || length === buffer.length) break;
    }
    if (length > MAX_BYTES) {
      throw new RecoverError({
        code: 'TokenMalformed',
        message: `"${path}" is larger than ${MAX_BYTES} bytes`,
        mend: GIVE_TOKEN,
      });
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    if (file !== 0) closeSync(file);
  }
};

const readInput = (path: string): string => {
  try {
    return readAtMost(path);
  } catch (cause) {
    if (cause instanceof RecoverError) throw cause;
    throw new RecoverError(
      { code: 'NotFound', message: `"${path}" is neither a token nor a file that can be read`, mend: GIVE_TOKEN },
      { cause },
    );
  }
};

/** Where our objects, and those of Velero, carry tokens. */
const PATHS: readonly (readonly string[])[] = [
  ['spec', 'accessToken'],
  ['status', 'recoveryToken'],
  ['status', 'grant'],
  ['metadata', 'annotations', ANNOTATIONS.stamp],
  ['metadata', 'annotations', ANNOTATIONS.adoptedStamp],
  ['metadata', 'annotations', ANNOTATIONS.keySuccession],
  ['metadata', 'annotations', ANNOTATIONS.recoveryToken],
];

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );

const tokensIn = (text: string): string[] => {
  try {
    const object: unknown = parse(text);
    const found = PATHS.map(path => at(object, path)).filter(token => typeof token === 'string');
    // Of statements about keys there may be several.
    return found.flatMap(tokens => tokens.split(' '));
  } catch {
    return [];
  }
};

/**
 * The tokens of what was typed: a token, a file with one or with an object that carries some, or `-` for stdin.
 * @throws RecoverError `TokenMalformed`, `NotFound`
 */
export const tokenInput = (typed: string): readonly [string, ...string[]] => {
  if (COMPACT_JWS.test(typed) && typed.startsWith('eyJ')) return [typed];
  const text = readInput(typed).trim();
  const [first, ...more] = COMPACT_JWS.test(text) ? [text] : tokensIn(text);
  if (first !== undefined) return [first, ...more];
  throw new RecoverError({
    code: 'TokenMalformed',
    message: `there is no token in "${typed}"`,
    mend: GIVE_TOKEN,
  });
};
