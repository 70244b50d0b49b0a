import { backUpBySchedule } from './back-up.ts';
import { recoverBeside } from './recover-beside.ts';
import { recoverIntoDr, trustProd } from './recover-elsewhere.ts';
import { recoverInPlace } from './recover-in-place.ts';
import { refuseBareRestore, refuseBob } from './refusals.ts';
import { registerMail, registerShop, whoMayWhat } from './register-groups.ts';
import type { Step } from './step.ts';

/** The story, in its order: each step relies on those before it. */
export const STEPS: readonly Step[] = [
  whoMayWhat,
  registerShop,
  registerMail,
  backUpBySchedule,
  recoverInPlace,
  trustProd,
  recoverIntoDr,
  recoverBeside,
  refuseBob,
  refuseBareRestore,
];
