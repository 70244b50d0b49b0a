import { runCommand } from '../clusters/run-command.ts';

/** A command line, and the whole environment that it runs in. */
export interface TimedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Not blocking: what stands between API server and catalogue runs in this process. Throws `CommandFailed`. */
const timeOf = async ({ command, args, env }: TimedCommand): Promise<number> => {
  const begun = performance.now();
  await runCommand(command, args, { env });
  return performance.now() - begun;
};

/**
 * Runs commands in turn, one after the other, and returns how long each took each time, in milliseconds. What else the
 * machine does meanwhile slows all of them alike. The first round, which finds nothing in the file cache, is not counted.
 */
export const interleave = async <Name extends string>(
  commands: Readonly<Record<Name, TimedCommand>>,
  rounds: number,
): Promise<Readonly<Record<Name, readonly number[]>>> => {
  const names = Object.keys(commands) as Name[];
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const durationMs = await timeOf(commands[name]);
      if (round > 0) times[name].push(durationMs);
    }
  }
  return times;
};
