import type { Authoriser, Caller } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { findWholeRepository, type Repository } from "../repositories/index.ts";
import type { HubTables } from "./stores.ts";

/** Throws UNAUTHORIZED for those who did not say who they are. */
export function assertKnown({ by }: Caller): void {
  if (by.kind === "anonymous") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
}

/** Throws UNAUTHORIZED or DENIED unless the caller may work on the hub. */
export async function assertOperates(authoriser: Authoriser, { by }: Caller): Promise<void> {
  const decision = await authoriser.decide({ principal: by, right: "operate" });
  if (decision.kind === "allow") return;
  if (decision.kind === "challenge") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
  throw new ProblemError(PROBLEMS.DENIED, { detail: decision.reason });
}

/** Of a hub without accounts, where names are literal, for whoever may work on it. Throws NOT_FOUND as well. */
export async function getLiteralRepository(
  { authoriser, database }: { authoriser: Authoriser; database: Database<HubTables> },
  caller: Caller,
  name: string,
): Promise<Repository> {
  await assertOperates(authoriser, caller);
  const found = await findWholeRepository(database.reader, name as Repository["name"]);
  if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found;
}
