import type { Kysely } from "kysely";
import type { OpenTransaction } from "../access/index.ts";
import { buildEvent } from "../contract/events.ts";
import { type OutboxTables, recordEvent } from "../platform/jobs/index.ts";
import type { Repository } from "../repositories/index.ts";
import type { Build } from "./builds-store.ts";

type Told = Pick<Build, "id" | "ref" | "commit" | "tags" | "by" | "reason"> &
  Partial<Pick<Build, "why" | "digest" | "exitCode">>;

/** Tells webhooks and open pages of a build, of one that has only changed pages alone: in the transaction that makes it so. */
export async function tellBuild(
  trx: OpenTransaction,
  state: "queued" | "started" | "succeeded" | "failed" | "changed",
  { build, repository, now }: { build: Told; repository: Repository; now: Date },
): Promise<void> {
  const { id, ref, commit, tags, by, reason, why, digest, exitCode } = build;
  const payload = {
    ...{ repository: repository.name, repositoryId: repository.id },
    ...{ build: id, ref, commit, tags: [...tags], reason, actor: by.name },
    ...(why === undefined ? {} : { why }),
    ...(digest === undefined ? {} : { digest }),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
  const event = buildEvent(`build.${state}`, payload, now);
  await recordEvent(trx as unknown as Kysely<OutboxTables>, event);
}
