import { createRequire } from 'node:module';
import { Script } from 'node:vm';

/** What Node gives to a module that is no ES module. */
type ModuleFunction = (exports: unknown, require: NodeJS.Require, module: unknown, filename: string) => void;

/**
 * A bundle as a script. Where a code cache is given, V8 takes the functions in it as compiled; one that does not fit is
 * left alone. Both who makes the cache and who uses it must come by the same text.
 */
export const bundleScript = (source: string, filename: string, codeCache?: Uint8Array): Script =>
  new Script(`(function(exports,require,module,__filename){${source}\n})`, {
    filename,
    ...(codeCache === undefined ? {} : { cachedData: codeCache }),
  });

/** Runs the bundle, anew each time, and returns what it exports. */
export const runBundle = (script: Script, filename: string): unknown => {
  const module = { exports: {} as unknown };
  const run = script.runInThisContext() as ModuleFunction;
  run(module.exports, createRequire(filename), module, filename);
  return module.exports;
};
