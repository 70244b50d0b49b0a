import { RecoverError } from '../../api/recover-error.ts';
import { EXIT } from '../exit-codes.ts';
import { changesText, type Listing, listingText } from '../render/listing.ts';
import type { CommandContext } from './command-context.ts';

export interface WatchFlag {
  /** Show it, and then what changes, until Ctrl-C. */
  readonly watch: boolean;
}

/** Each look is an AccessRequest of its own, which stays for an hour: owners cannot watch those of others. */
const PAUSE_MS = 5_000;

/** Runs again and again until Ctrl-C, which is how a watch ends. */
export const repeat = async ({ io }: CommandContext, look: () => Promise<void>): Promise<number> => {
  try {
    while (!io.interrupted.aborted) {
      await look();
      await io.sleep(PAUSE_MS);
    }
  } catch (error) {
    if (!(error instanceof RecoverError) || error.code !== 'Interrupted') throw error;
  }
  return EXIT.interrupted;
};

/** Prints a list, and then each item that is new or has changed, until Ctrl-C. */
export const watchListing = async <Item>(
  load: () => Promise<readonly Item[]>,
  listing: Listing<Item>,
  context: CommandContext,
): Promise<number> => {
  const { io, output } = context;
  let seen: ReadonlyMap<string, string> | undefined;
  return repeat(context, async () => {
    const items = await load();
    const previous = seen;
    seen = new Map(items.map(item => [listing.nameOf(item), JSON.stringify(item)]));
    if (previous === undefined || previous.size === 0) {
      if (items.length > 0) io.stdout.write(listingText(items, listing, output));
      return;
    }
    const changed = items.filter(item => previous.get(listing.nameOf(item)) !== JSON.stringify(item));
    io.stdout.write(changesText(changed, items, listing, output));
  });
};
