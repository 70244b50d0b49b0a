import { type AccessRequest, ANSWERED } from '../../api/kinds/access-request.ts';
import { findCondition } from '../../api/kinds/condition.ts';
import type { KubeObject, Stored } from '../../api/kinds/object-meta.ts';
import { RECOVERY_CONDITIONS, type Recovery } from '../../api/kinds/recovery.ts';
import type { KubeClient } from '../../api/kubernetes/kube-client.ts';
import { OWN } from '../../api/kubernetes/resource-type.ts';
import { table } from '../../plugin/render/table.ts';
import type { Reading } from './catalogue-meter.ts';
import { quantile } from './quantile.ts';
import { type Sighting, Sightings } from './sightings.ts';
import { hasEnded } from './timed-recovery.ts';

/** Milliseconds, over all that took part. */
export interface RushFigure {
  readonly name: string;
  readonly count: number;
  readonly median: number;
  readonly longest: number;
}

/** What many recoveries at once look like from the side of the cluster, by what is stored. */
export interface Rush {
  readonly figures: readonly RushFigure[];
  /** From the first registration to the end of the last recovery. */
  readonly wholeMs: number;
}

/** For people. */
export const rushText = ({ figures, wholeMs }: Rush, { peakMemoryMb, cpuSeconds }: Omit<Reading, 'gate'>): string => {
  const lines = figures.map(({ name, count, median, longest }) => [
    name,
    String(count),
    String(median),
    String(longest),
  ]);
  const catalogue = `catalogue: ${peakMemoryMb.toFixed(0)} MB at most, ${cpuSeconds.toFixed(1)} s of CPU since its start`;
  const whole = `first registration to last end: ${(wholeMs / 1000).toFixed(0)} s`;
  return `${table(['FROM - TO', 'COUNT', 'MEDIAN MS', 'LONGEST MS'], lines)}\n${whole}; ${catalogue}`;
};

const between = <Resource extends KubeObject>(
  trail: readonly Sighting<Resource>[],
  from: (object: Stored<Resource>) => boolean,
  to: (object: Stored<Resource>) => boolean,
): number[] => {
  const begun = trail.find(({ object }) => from(object));
  const ended = trail.find(({ object }) => to(object));
  return begun === undefined || ended === undefined ? [] : [ended.atMs - begun.atMs];
};

const figure = (name: string, samples: readonly number[]): RushFigure => ({
  name,
  count: samples.length,
  median: Math.round(quantile(samples, 0.5)),
  longest: Math.round(Math.max(...samples)),
});

const isSet = (type: keyof typeof RECOVERY_CONDITIONS) => (recovery: Recovery) =>
  findCondition(recovery.status?.conditions, RECOVERY_CONDITIONS[type])?.status === 'True';

const isThere = (): boolean => true;
const isAnswered = ({ status }: AccessRequest): boolean => findCondition(status?.conditions, ANSWERED) !== undefined;
const hasToken = ({ status }: Recovery): boolean => status?.recoveryToken !== undefined;

/** Of what was there when the watch began, nobody saw when it was made. */
const isNew =
  <Resource extends KubeObject>(isOver: (object: Stored<Resource>) => boolean) =>
  ([first]: readonly Sighting<Resource>[]): boolean =>
    first !== undefined && !isOver(first.object);

type IsSo = (recovery: Stored<Recovery>) => boolean;

/** Watches a cluster, as its operator, while many recover there; `read` tells of what was seen so far. */
export const watchRush = async (operator: KubeClient): Promise<{ read(): Rush; stop(): Promise<void> }> => {
  const requests = new Sightings(operator, OWN.accessRequests);
  const recoveries = new Sightings(operator, OWN.recoveries);
  await Promise.all([requests.start(), recoveries.start()]);
  return {
    read: () => {
      const trails = recoveries.trails().filter(isNew(hasEnded));
      const asked = requests.trails().filter(isNew(isAnswered));
      const over = (from: IsSo, to: IsSo) => trails.flatMap(trail => between(trail, from, to));
      const firsts = trails.flatMap(trail => trail[0]?.atMs ?? []);
      const ends = trails.flatMap(trail => trail.find(({ object }) => hasEnded(object))?.atMs ?? []);
      return {
        figures: [
          figure(
            'request to answer',
            asked.flatMap(trail => between(trail, isThere, isAnswered)),
          ),
          figure('registration to recovery token', over(isThere, hasToken)),
          figure('recovery token to admitted', over(hasToken, isSet('admitted'))),
          figure('registration to end', over(isThere, hasEnded)),
        ],
        wholeMs: Math.round(Math.max(...ends) - Math.min(...firsts)),
      };
    },
    stop: async () => {
      await Promise.all([requests.stop(), recoveries.stop()]);
    },
  };
};
