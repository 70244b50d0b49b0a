import { isCode } from '../../api/codes.ts';
import type { PointAnswer } from '../../api/kinds/access-request.ts';
import { RecoverError } from '../../api/recover-error.ts';
import { shellWord } from '../cluster/shell-word.ts';
import type { Io } from '../io.ts';
import { Refusal } from '../refusal.ts';
import { age } from '../render/age.ts';
import { columnsOf, hungLines } from '../render/hung-lines.ts';

/** How the recovery point is chosen. */
export type PointChoice =
  | { readonly kind: 'named'; readonly backup: string }
  | { readonly kind: 'latest' }
  | { readonly kind: 'at'; readonly time: Date; readonly asTyped: string }
  | { readonly kind: 'ask' };

/** The chosen point, and the newer ones that were passed over because they cannot be used. */
export interface ChosenPoint {
  readonly point: PointAnswer;
  readonly passedOver: readonly PointAnswer[];
}

export interface PointContext {
  readonly group: string;
  readonly cluster: string;
}

const hasNone = (cluster: string): string =>
  `points made before the group was registered are not its own; a backup made now takes a minute to reach another cluster; an operator sees which backups do not count: kubectl recover check --context ${shellWord(cluster)}`;

const none = ({ group, cluster }: PointContext): RecoverError =>
  new RecoverError({
    code: 'PointNotFound',
    message: `group "${group}" has no recovery point in cluster "${cluster}"`,
    mend: hasNone(cluster),
  });

const named = (points: readonly PointAnswer[], backup: string, context: PointContext): ChosenPoint => {
  const point = points.find(candidate => candidate.backup === backup);
  if (point === undefined) {
    const known = points.slice(0, 5).map(candidate => `"${candidate.backup}"`);
    throw new RecoverError({
      code: 'PointNotFound',
      message: `group "${context.group}" has no recovery point "${backup}" in cluster "${context.cluster}"`,
      mend:
        known.length > 0
          ? `the newest are ${known.join(', ')}; all of them: kubectl recover points ${context.group} --context ${shellWord(context.cluster)}`
          : hasNone(context.cluster),
    });
  }
  return { point, passedOver: [] };
};

/** What a person can do where no point can be used; an older one is never taken without a word. */
const nextStep = ({ code }: PointAnswer, { group, cluster }: PointContext): string => {
  const list = `see what each lacks: kubectl recover points ${group} --context ${shellWord(cluster)}`;
  return code === 'LocationUnavailable'
    ? `an operator looks at the storage: kubectl recover check --context ${shellWord(cluster)}; ${list}`
    : list;
};

const newestUsable = (
  points: readonly PointAnswer[],
  until: Date | undefined,
  asTyped: string,
  context: PointContext,
): ChosenPoint => {
  const within = points.filter(({ startTime }) => until === undefined || Date.parse(startTime) <= until.getTime());
  const index = within.findIndex(({ usable }) => usable);
  const point = within[index];
  if (point !== undefined) return { point, passedOver: within.slice(0, index) };
  const [first] = within;
  if (first !== undefined) {
    throw new Refusal(`no recovery point of group "${context.group}" can be used now`, [
      {
        check: 'point',
        code: isCode(first.code) ? first.code : 'PointNotReady',
        message: `the newest, "${first.backup}": ${first.message ?? first.phase}`,
        mend: nextStep(first, context),
      },
    ]);
  }
  if (until === undefined || points.length === 0) throw none(context);
  const oldest = points.at(-1);
  throw new RecoverError({
    code: 'PointNotFound',
    message: `group "${context.group}" has no recovery point at or before ${asTyped} (${until.toISOString()})`,
    mend: `the oldest is "${oldest?.backup}" of ${oldest?.startTime}: --point ${oldest?.backup}`,
  });
};

/** From a list that is searched by typing; what it needs is loaded only now. */
const picked = async (
  points: readonly PointAnswer[],
  io: Io,
  { group, cluster }: PointContext,
): Promise<PointAnswer> => {
  const { chooseFromList } = await import('../render/choose-from-list.ts');
  const now = new Date(io.clock());
  const index =
    io.keyboard &&
    (await chooseFromList(
      {
        heading: `Recovery points of "${group}" in cluster "${cluster}"`,
        titles: ['POINT', 'AGE', 'CAPTURED', 'NAMESPACES', 'USABLE'],
        entries: points.map(point => ({
          cells: [
            point.backup,
            age(point.startTime, now),
            point.startTime,
            point.namespaces.join(','),
            point.usable
              ? point.message === undefined
                ? 'Yes'
                : 'Yes, with errors'
              : `No: ${point.code ?? point.phase}`,
          ],
          unfit: point.usable ? undefined : (point.message ?? point.phase),
        })),
      },
      io,
      io.keyboard,
    ));
  const point = index === undefined ? undefined : points[index];
  if (point !== undefined) return point;
  throw new RecoverError({
    code: 'Interrupted',
    message: 'no recovery point was chosen; nothing was changed',
    mend: 'run the command again and choose one, or name it with --latest, --point NAME or --at TIME',
  });
};

const MOST_SHOWN = 20;

const asked = async (points: readonly PointAnswer[], io: Io, context: PointContext): Promise<ChosenPoint> => {
  if (points.length === 0) throw none(context);
  if (!io.stdinIsTTY || !io.stderr.isTTY) {
    throw new RecoverError({
      code: 'UsageError',
      message: 'which recovery point? There is no terminal to ask at',
      mend: 'give one of --latest, --point NAME or --at TIME',
    });
  }
  // A terminal that can do nothing but print is asked for a number.
  if (io.keyboard !== undefined && io.env['TERM'] !== 'dumb')
    return { point: await picked(points, io, context), passedOver: [] };
  const now = new Date(io.clock());
  const shown = points.slice(0, MOST_SHOWN);
  const columns = columnsOf(io.stderr);
  const lines = shown.flatMap(({ backup, startTime, usable, message, phase }, index) => {
    const why = usable ? '' : `   not usable: ${message ?? phase}`;
    return hungLines(`${String(index + 1).padStart(3)}  `, `${backup}   ${age(startTime, now)} ago${why}`, columns);
  });
  const heading = hungLines('', `Recovery points of "${context.group}" in cluster "${context.cluster}":`, columns);
  io.stderr.write([...heading, ...lines].map(line => `${line}\n`).join(''));
  const answer = (await io.question(`Which one? [1-${shown.length}] `)).trim();
  // A backup's name may be digits alone.
  const numbered = /^\d+$/.test(answer) ? shown[Number(answer) - 1] : undefined;
  const point = numbered ?? points.find(({ backup }) => backup === answer);
  if (point !== undefined) return { point, passedOver: [] };
  throw new RecoverError({ code: 'UsageError', message: `"${answer}" is none of them`, mend: 'run the command again' });
};

/**
 * Chooses among the points that the destination lists, newest first. A point that cannot be used is never replaced
 * by another without a word.
 * @throws RecoverError `PointNotFound`, `PointNotReady`, `UsageError`
 */
export const choosePoint = async (
  choice: PointChoice,
  points: readonly PointAnswer[],
  io: Io,
  context: PointContext,
): Promise<ChosenPoint> => {
  switch (choice.kind) {
    case 'named':
      return named(points, choice.backup, context);
    case 'latest':
      return newestUsable(points, undefined, '', context);
    case 'at':
      return newestUsable(points, choice.time, choice.asTyped, context);
    case 'ask':
      return asked(points, io, context);
  }
};
