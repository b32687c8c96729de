import type { Kysely } from "kysely";
import { type OutboxTables, recordEvent } from "../../platform/jobs/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";
import type { BuildSource } from "./sources-store.ts";

/** Of the outbox, with the id of a repository as key: for open pages. */
export const SOURCE_TOPIC = "source.changed";

/** In the transaction that changes what a repository is built from, or what became of reading it. */
export async function tellSource(
  trx: Kysely<BuildTables>,
  repository: RepositoryId,
  at: Date,
): Promise<void> {
  await recordEvent(trx as unknown as Kysely<OutboxTables>, {
    ...{ topic: SOURCE_TOPIC, orderingKey: String(repository), at },
    payload: { repositoryId: repository },
  });
}

/** Whether a look at it is news: that it was looked at once more, by itself and as before, is none. */
export function isNews(
  before: Pick<BuildSource, "wantedAt" | "fetchedAt" | "why">,
  why: string | undefined,
): boolean {
  return before.wantedAt !== undefined || before.fetchedAt === undefined || before.why !== why;
}
