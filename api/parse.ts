import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Code } from './codes.ts';
import { RecoverError } from './recover-error.ts';

/** A check that turns data from outside into a typed value, or says in one sentence what is wrong with it. */
export type Parser<Value> = (value: unknown) => Value;

/**
 * Parser of a schema, compiled at its first use since most runs of the plugin need few of them.
 * The error names the place and the rule, never the value: it may be a token.
 */
export const parserOf = <Schema extends TSchema>(
  schema: Schema,
  what: string,
  code: Code = 'RequestInvalid',
  mend?: string,
): Parser<Static<Schema>> => {
  let compiled: ReturnType<typeof Compile<Schema>> | undefined;
  return value => {
    compiled ??= Compile(schema);
    if (compiled.Check(value)) return value as Static<Schema>;
    const [first] = compiled.Errors(value);
    const place = first?.instancePath ? ` at ${first.instancePath}` : '';
    throw new RecoverError({
      code,
      message: `${what} is not well-formed${place}: ${first?.message ?? 'unknown rule'}`,
      ...(mend === undefined ? {} : { mend }),
    });
  };
};
