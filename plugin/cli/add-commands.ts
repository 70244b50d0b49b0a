import type { Io } from '../io.ts';
import { addClusterCommands } from './cluster-commands.ts';
import type { GlobalArgv } from './global-options.ts';
import { addGroupCommands } from './group-commands.ts';
import { addOtherCommands } from './other-commands.ts';
import { addPlanCommand } from './plan-command.ts';
import { addPrepareCommand } from './prepare-command.ts';
import { addRecoverCommand } from './recover-command.ts';
import { addToolCommands } from './tool-commands.ts';

/** Adds all commands; `done` is told the exit code of the one that runs. */
export const addCommands = (yargs: GlobalArgv, io: Io, done: (exitCode: number) => void): void => {
  addGroupCommands(yargs, io, done);
  addClusterCommands(yargs, io, done);
  addOtherCommands(yargs, io, done);
  addPlanCommand(yargs, io, done);
  addPrepareCommand(yargs, io, done);
  addToolCommands(yargs, io, done);
  addRecoverCommand(yargs, io, done);
};
