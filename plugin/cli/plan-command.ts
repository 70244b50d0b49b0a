import type { Io } from '../io.ts';
import { contextOf, type GlobalArgv } from './global-options.ts';
import { fromContextOption, GROUP_POSITIONAL } from './group-choice.ts';
import { pointChoice } from './point-choice.ts';
import { POINT_OPTIONS, RESTORE_OPTIONS, restoreFlags } from './restore-options.ts';

/** Those that decide what is recovered; a plan needs no reason and waits for nothing. */
const { reason: _, 'workload-timeout': __, ...PLAN_OPTIONS } = RESTORE_OPTIONS;

/** `kubectl recover plan GROUP`: what a recovery would do. */
export const addPlanCommand = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void) =>
  yargs.command(
    'plan <group>',
    'Show what a recovery would create, what is there and what is left out',
    command =>
      command
        .positional('group', GROUP_POSITIONAL)
        .options(POINT_OPTIONS)
        .option('from-context', fromContextOption())
        .options(PLAN_OPTIONS)
        .example('kubectl recover plan shop --latest', 'object by object, compared with what is there')
        .example('kubectl recover plan shop --at 04:00 -o json', 'for scripts'),
    async flags => {
      const { plan } = await import('../commands/plan.ts');
      const { group, fromContext } = flags;
      const point = pointChoice(flags, new Date(io.clock()));
      done(await plan({ group, point, fromContext, ...restoreFlags(flags) }, contextOf(flags, io, ['wide'])));
    },
  );
