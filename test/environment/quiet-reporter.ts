import type { Reporter } from '../clusters/reporter.ts';

/** Tells on stderr what is being built or started; the test runner prints it beside its own lines. */
export const quietReporter: Reporter = line => {
  process.stderr.write(`${line}\n`);
};
