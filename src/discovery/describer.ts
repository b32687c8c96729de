import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Database } from "../platform/db/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import { listUnread, saveFacets, type Unread } from "./facets-store.ts";
import { type ImageReaderDeps, readImages } from "./read-images.ts";
import type { DiscoveryTables } from "./tables.ts";

export interface DescriberDeps extends Pick<ImageReaderDeps, "readSmall"> {
  readonly database: Database<DiscoveryTables & RegistryTables>;
  readonly log: Logger;
}

const AT_ONCE = 50;
/** Two writers may commit in another order than their clocks say. */
const SLACK_MS = 60_000;

/**
 * Looks into what was pushed since the last round, so that searches find it by what it runs on and how it is labelled. What is
 * known is kept with the push up to which it was read: a hub that ends in between goes on where it was.
 */
export class Describer {
  readonly #deps: DescriberDeps;
  #from = new Date(0);

  constructor(deps: DescriberDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { reader } = this.#deps.database;
    for (let isMore = true; isMore && !signal.aborted; ) {
      const unread = await listUnread(reader, { from: this.#from, limit: AT_ONCE });
      for (const one of unread) if (!signal.aborted) await this.#describe(reader, one);
      const last = unread.at(-1);
      if (last !== undefined) this.#from = new Date(last.pushedAt.getTime() - SLACK_MS);
      isMore = unread.length === AT_ONCE;
    }
  }

  async #describe(
    db: Kysely<DiscoveryTables & RegistryTables>,
    { id, pushedAt }: Unread,
  ): Promise<void> {
    const { database, readSmall, log } = this.#deps;
    const found = await readImages({ db, readSmall }, id).catch((err: unknown) => {
      // One repository that cannot be read keeps none of the others from being found.
      log.warn({ err, repository: id }, "images could not be read for searches");
      return {};
    });
    await database.write((trx) => saveFacets(trx, id, { ...found, readTo: pushedAt }));
  }
}
