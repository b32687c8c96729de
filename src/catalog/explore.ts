import type { Kysely } from "kysely";
import type { Caller } from "../access/index.ts";
import type { DiscoveryTables } from "../discovery/index.ts";
import type { PullTables } from "../pulls/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { type CardWish, listRepositoryCards, type RepositoryCard } from "./repository-cards.ts";

/** How many are read at a time while those that may not be seen are left out. */
const BATCH = 200;
/** A search ends there: whoever looks for more says more. */
const SEARCHED = 10_000;

/** One page of what the caller may see, and whether there is more. */
export async function explore(
  deps: { readonly db: Kysely<PullTables & DiscoveryTables>; readonly access: CatalogAccess },
  caller: Caller,
  wish: Omit<CardWish, "reach">,
): Promise<readonly RepositoryCard[]> {
  const found: RepositoryCard[] = [];
  // Else whatever is private on the hub would be read, and left out, before what this caller may see.
  const reach = await deps.access.reachOf(caller);
  let { after } = wish;
  for (let looked = 0; looked < SEARCHED; looked += BATCH) {
    const cards = await listRepositoryCards(deps.db, { ...wish, reach, after, limit: BATCH });
    for (const card of cards) {
      if (found.length === wish.limit) return found;
      if (await deps.access.may(caller, card.name, "pull")) found.push(card);
    }
    after = cards.at(-1)?.position;
    if (cards.length < BATCH) break;
  }
  return found;
}
