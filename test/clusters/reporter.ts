/** Says one line about what is happening; never data, so it may be shown or dropped. */
export type Reporter = (message: string) => void;

export const reportToStderr: Reporter = message => {
  process.stderr.write(`${message}\n`);
};
