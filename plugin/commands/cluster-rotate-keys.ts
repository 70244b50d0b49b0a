import type { ClusterIdentity } from '../../api/kinds/cluster-identity.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { SELF_IDENTITY } from '../../api/names.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { type ClusterAccess, connect } from '../cluster/connect.ts';
import { writerRole } from '../cluster/lacking-right.ts';
import { needingRole } from '../cluster/needing-role.ts';
import { shellWord } from '../cluster/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { parseDuration } from '../recovery/parse-duration.ts';
import { isStructured, structured } from '../render/output.ts';
import { type CommandContext, tell } from './command-context.ts';

type KeyRotation = NonNullable<ClusterIdentity['spec']['keyRotation']>;

const USES = { grant: 'Grant', stamp: 'Stamp', admission: 'Admission' } as const;
const KEY_USE_NAMES = ['grant', 'stamp', 'admission'] as const;

export interface RotateKeysFlags {
  readonly uses: readonly (keyof typeof USES)[];
  /** Such as 24h; how long the new keys are announced before they sign. */
  readonly overlap: string;
  readonly dryRun: 'none' | 'client' | 'server';
}

/** Within this time every replica knows a new key; no overlap is shorter. */
const SHORTEST = '40 s';

/** Later than every key: the clock of this machine may be behind that of the catalogue. */
const requestTime = ({ status }: ClusterIdentity, nowMs: number): string => {
  const made = (status?.keys ?? []).map(({ since }) => Date.parse(since ?? '')).filter(Number.isFinite);
  return new Date(Math.max(nowMs, ...made.map(time => time + 1))).toISOString();
};

const readSelf = async (access: ClusterAccess): Promise<ClusterIdentity> => {
  const self = await access.call(client => client.find(OWN.clusterIdentities, { name: SELF_IDENTITY }));
  if (self?.status?.keys !== undefined) return self;
  throw new RecoverError({
    code: 'CatalogueMissing',
    message: `the catalogue of cluster "${access.context}" has not told its keys`,
    mend: `an operator runs: kubectl recover install --context ${shellWord(access.context)}`,
  });
};

/** `kubectl recover cluster rotate-keys`: the catalogue makes new keys, announces them, and signs with them later. */
export const rotateKeys = async (flags: RotateKeysFlags, context: CommandContext): Promise<number> => {
  const { connection, io, output } = context;
  const overlapSeconds = Math.ceil(parseDuration(flags.overlap, '--overlap') / 1000);
  const access = connect(connection, connection.context, io);
  const asWriter = <Answer>(act: () => Promise<Answer>) => needingRole(writerRole(flags), access, act);
  try {
    const self = await asWriter(() => readSelf(access));
    const uses = KEY_USE_NAMES.filter(use => flags.uses.length === 0 || flags.uses.includes(use));
    const keyRotation: KeyRotation = {
      requestedAt: requestTime(self, io.clock()),
      uses: uses.map(use => USES[use]),
      overlapSeconds,
    };
    const patch = { spec: { keyRotation } };
    if (flags.dryRun === 'client') {
      io.stdout.write(structured(patch, isStructured(output) ? output : 'yaml'));
      return EXIT.success;
    }
    const dryRun = flags.dryRun === 'server';
    await asWriter(() =>
      access.call(client => client.mergePatch(OWN.clusterIdentities, { name: SELF_IDENTITY }, patch, { dryRun })),
    );
    io.stdout.write(
      `clusteridentity.kubectl-recover.io/${SELF_IDENTITY} ${dryRun ? 'would be patched (dry run)' : 'patched'}\n`,
    );
    if (dryRun) return EXIT.success;
    const from = overlapSeconds === 0 ? `in about ${SHORTEST}` : `in ${flags.overlap}, but not before ${SHORTEST}`;
    tell(context, `new keys for ${uses.join(', ')} are announced within seconds and sign ${from}`);
    tell(context, 'what the old keys signed counts as before; see them with: kubectl recover cluster keys');
    return EXIT.success;
  } finally {
    await access.close();
  }
};
