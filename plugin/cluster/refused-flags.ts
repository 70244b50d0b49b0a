import { RecoverError } from '../../api/recover-error.ts';

interface RefusedFlag {
  readonly type: 'string' | 'boolean';
  readonly reason: string;
  readonly mend: string;
}

const LEAVE_OUT = 'leave it out';
const LOG_IN = 'log in with a token, a client certificate or a login program of the kubeconfig';
const NO_BASIC_AUTH = 'Kubernetes has had no login by name and password since 1.19';
const NO_PROFILE = 'the plugin is no Go program and writes no profiles';
const NO_KLOG = 'the plugin does not log with klog';

/** Flags that kubectl has for every command and the plugin cannot honour: refused by name rather than ignored. */
export const REFUSED_FLAGS: Readonly<Record<string, RefusedFlag>> = {
  username: { type: 'string', reason: NO_BASIC_AUTH, mend: LOG_IN },
  password: { type: 'string', reason: NO_BASIC_AUTH, mend: LOG_IN },
  'cache-dir': { type: 'string', reason: 'the plugin caches nothing', mend: LEAVE_OUT },
  'disable-compression': {
    type: 'boolean',
    reason: 'the plugin never asks for compressed answers',
    mend: LEAVE_OUT,
  },
  kuberc: {
    type: 'string',
    reason: 'the plugin reads no kuberc, whose defaults are for kubectl’s own commands',
    mend: 'leave it out, and write the flags on the command line',
  },
  'log-flush-frequency': { type: 'string', reason: NO_KLOG, mend: LEAVE_OUT },
  'match-server-version': {
    type: 'boolean',
    reason: 'the plugin has versions of its own, which no API server has',
    mend: 'leave it out; kubectl recover version tells them',
  },
  profile: { type: 'string', reason: NO_PROFILE, mend: LEAVE_OUT },
  'profile-output': { type: 'string', reason: NO_PROFILE, mend: LEAVE_OUT },
  vmodule: { type: 'string', reason: NO_KLOG, mend: LEAVE_OUT },
  'warnings-as-errors': {
    type: 'boolean',
    reason: 'the plugin does not read the warnings of API servers',
    mend: LEAVE_OUT,
  },
};

/** @throws RecoverError `UsageError` */
export const refuseByName = (flags: Readonly<Record<string, unknown>>): true => {
  // Who asks for help gets it.
  if (flags['help'] === true) return true;
  const found = Object.entries(REFUSED_FLAGS).find(([name]) => flags[name] !== undefined);
  if (found === undefined) return true;
  const [name, { reason, mend }] = found;
  throw new RecoverError({ code: 'UsageError', message: `--${name} is not taken: ${reason}`, mend });
};
