import { spawnSync } from 'node:child_process';

/** A command line, and the whole environment that it runs in. */
export interface TimedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const timeOf = ({ command, args, env }: TimedCommand): number => {
  const begun = performance.now();
  const { status, stderr, error } = spawnSync(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const durationMs = performance.now() - begun;
  if (error) throw error;
  if (status !== 0) throw new Error(`"${command} ${args.join(' ')}" ended with ${status}:\n${stderr}`);
  return durationMs;
};

/**
 * Runs commands in turn, one after the other, and returns how long each took each time, in milliseconds. What else the
 * machine does meanwhile slows all of them alike. The first round, which finds nothing in the file cache, is not counted.
 */
export const interleave = <Name extends string>(
  commands: Readonly<Record<Name, TimedCommand>>,
  rounds: number,
): Readonly<Record<Name, readonly number[]>> => {
  const names = Object.keys(commands) as Name[];
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const durationMs = timeOf(commands[name]);
      if (round > 0) times[name].push(durationMs);
    }
  }
  return times;
};
