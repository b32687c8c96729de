import type { Kysely } from "kysely";
import type { Caller } from "../../access/index.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { type OutboxTables, recordEvent } from "../../platform/jobs/index.ts";
import {
  findRepositoryName,
  type RepositoryId,
  type RepositoryTables,
} from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";
import type { BuildSource } from "./sources-store.ts";

/** Of the outbox, with the id of a repository as key. */
export const SOURCE_TOPIC = "source.changed";

interface SourceNewsDeps {
  readonly db: Kysely<RepositoryTables>;
  readonly mayPush: (caller: Caller, repository: RepositoryName) => Promise<boolean>;
}

/** A Git server of which open pages are told, and who may hear it. */
interface SourceNews {
  readonly event: { readonly topic: typeof SOURCE_TOPIC; readonly repository: string };
  readonly mayHear: (caller: Caller) => Promise<boolean>;
}

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

/** To whoever may read what it is built from; undefined when there is no such repository any more. */
export async function findSourceNews(
  { db, mayPush }: SourceNewsDeps,
  key: string,
): Promise<SourceNews | undefined> {
  const repository = await findRepositoryName(db, Number(key) as RepositoryId);
  if (repository === undefined) return undefined;
  return {
    event: { topic: SOURCE_TOPIC, repository },
    mayHear: (caller) => mayPush(caller, repository),
  };
}
