import type { Kysely } from "kysely";
import type { Journal } from "../../access/index.ts";
import type { OfficialImage } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { parseDefinition } from "./parse-definition.ts";
import { HUB, NO_ORIGIN } from "./staging/finish-checks.ts";
import {
  findRebuild,
  insertSubmission,
  type Submission,
  withdrawRebuilds,
} from "./submissions-store.ts";

interface RebuildDeps {
  readonly journal: Journal;
  readonly clock: () => Date;
}

/**
 * Submits what is published anew, as it is, in its author's name: once for each time that one of its bases was published. What
 * others submit of the name meanwhile does not stand in its way, and one that failed gives way to that of the next base.
 */
export async function rebuildImage(
  { journal, clock }: RebuildDeps,
  trx: Kysely<OfficialTables>,
  wish: { readonly published: Submission; readonly bases: readonly OfficialImage[] },
): Promise<void> {
  const { published, bases } = wish;
  const { id: of, name, author, authorId, baseUrl, definition, definitionHash } = published;
  const key = bases.map((base) => `${base.name}@${base.submissionId}`).join(" ");
  const last = await findRebuild(trx, of);
  if (last?.rebuildBases === key || parseDefinition(definition).problems.length > 0) return;
  const { documents, logo } = published;
  const id = await insertSubmission(trx, {
    ...{ name, author, authorId, baseUrl, definition, definitionHash, documents, logo },
    ...{ rebuild: { of, bases: key }, now: clock() },
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
