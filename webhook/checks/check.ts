import type { CheckName } from '../../api/codes.ts';
import type { RestoreChoice } from '../../api/kinds/recovery.ts';
import type { Requester } from '../../api/kinds/requester.ts';
import type { Problem } from '../../api/recover-error.ts';
import type { AccessChain } from '../../api/tokens/access-chain.ts';
import type { Adoption, StampClaims, StampedGroup } from '../../api/tokens/kinds.ts';
import type { ClusterState, StampVerdict } from '../state/cluster-state.ts';
import type { BackupView, PolicyView } from '../state/views.ts';

/** A registration as it is judged; the token in it is parsed and verified before any other check runs. */
export interface Registration {
  readonly requester: Requester;
  readonly accessToken: string;
  readonly restore: RestoreChoice;
  readonly reason?: string;
  /** What stands for the Recovery on namespaces it has reserved. */
  readonly hash: string;
  /** The instant at which the access token's life is judged: its registration. */
  readonly registeredAt: Date;
  readonly now: Date;
}

/** The recovery point of a registration as found here. */
export interface FoundPoint {
  readonly backup: BackupView;
  readonly verdict: StampVerdict;
}

/** The stamp's word on the group: what of the point may be recovered. */
export interface OwnedPoint {
  readonly backup: BackupView;
  readonly stamp: StampClaims;
  readonly group: StampedGroup;
  /** Of a stamp that an operator had this cluster make later. */
  readonly adoption?: Adoption;
  /** Namespaces of the point that the group holds by its stamp and by its grant, sorted. */
  readonly namespaces: readonly string[];
}

/** A namespace that a recovery writes into. */
export interface PlannedTarget {
  readonly source: string;
  readonly name: string;
  /** UID of the source namespace at the time of the point. */
  readonly stampedUid: string;
}

/** What every check after `token` may use; a part that an earlier failure made unknowable is absent. */
export interface Facts {
  readonly registration: Registration;
  readonly chain: AccessChain;
  readonly state: ClusterState;
  readonly candidates: readonly FoundPoint[];
  readonly found?: FoundPoint;
  readonly owned?: OwnedPoint;
  readonly targets?: readonly PlannedTarget[];
  readonly policies: readonly PolicyView[];
}

/** Tells what is wrong; nothing, if nothing is. `undefined`: it could not be judged, another check says why. */
export type Judge = (facts: Facts) => Promise<readonly Problem[] | undefined> | readonly Problem[] | undefined;

export interface Check {
  readonly name: CheckName;
  readonly judge: Judge;
}
