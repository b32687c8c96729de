import type { Kysely } from "kysely";
import type { Journal } from "../../access/index.ts";
import { findImage } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { parseDefinition } from "./parse-definition.ts";
import { HUB, NO_ORIGIN } from "./staging/finish-checks.ts";
import {
  findRebuild,
  insertSubmission,
  noteMoreBases,
  type Submission,
  withdrawRebuilds,
} from "./submissions-store.ts";

interface RebuildDeps {
  readonly journal: Journal;
  readonly baseDelayMs: number;
  readonly clock: () => Date;
}

/**
 * Submits what is published anew, as it is, in its author's name: once for the same bases. What others submit of the name
 * meanwhile does not stand in its way, and one that failed gives way to that of the next base. One that nobody has begun is
 * built on whatever its bases are by then, and stays.
 */
export async function rebuildImage(
  { journal, clock, baseDelayMs }: RebuildDeps,
  trx: Kysely<OfficialTables>,
  wish: { readonly published: Submission; readonly bases: string },
): Promise<void> {
  const { published, bases: key } = wish;
  const { id: of, name, author, authorId, baseUrl, definition, definitionHash } = published;
  const last = await findRebuild(trx, of);
  if (last?.rebuildBases === key || parseDefinition(definition).problems.length > 0) return;
  if (last?.state === "submitted") return await noteMoreBases(trx, { id: last.id, bases: key });
  const { documents, logo } = published;
  const notBefore = new Date(clock().getTime() + baseDelayMs);
  // What people are waiting for is looked at first.
  const security = ((await findImage(trx, name))?.attention.length ?? 0) > 0;
  const id = await insertSubmission(trx, {
    ...{ name, author, authorId, baseUrl, definition, definitionHash, documents, logo, security },
    ...{ rebuild: { of, bases: key, notBefore }, now: clock() },
  });
  await withdrawRebuilds(trx, { id, name, now: clock() });
  await journal.record(trx, {
    ...{ action: "official.submit", by: HUB, origin: NO_ORIGIN, account: "library" },
    name: `library/${name}`,
    after: { submission: id, definition: definitionHash, again: of, bases: key },
  });
}

/** What a maintainer should know of how it went. */
export async function flagRebuild(
  db: Kysely<OfficialTables>,
  published: Pick<Submission, "id">,
): Promise<readonly string[]> {
  const last = await findRebuild(db, published.id);
  if (last === undefined || (last.state !== "changes requested" && last.state !== "withdrawn"))
    return [];
  return [`submission ${last.id}, made for it, is ${last.state}: ${last.why ?? ""}`];
}
