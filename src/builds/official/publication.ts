import type { Kysely } from "kysely";
import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { parseTag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { ImagePublisher, Promotion } from "../../registry/index.ts";
import {
  findRepository,
  findRepositoryById,
  type RepositoryId,
  type RepositoryTables,
  updateRepository,
} from "../../repositories/index.ts";
import { findImage, publishImage } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { printDocumentation } from "./print-documentation.ts";
import { isComplete, standingOf } from "./standing.ts";
import {
  findSubmission,
  moveSubmission,
  type Submission,
  withdrawRebuilds,
} from "./submissions-store.ts";

export interface PublicationDeps {
  readonly database: Database<OfficialTables & RepositoryTables>;
  readonly publisher: Pick<ImagePublisher, "promote">;
  readonly journal: Journal;
  /** Together with what is published: of these images bills of materials are attached once they are scanned. */
  readonly onImages: (
    trx: Kysely<OfficialTables & RepositoryTables>,
    images: { readonly repositoryId: RepositoryId; readonly digests: readonly Digest[] },
  ) => Promise<void>;
  /** After the library has another repository than before. */
  readonly onChange: () => void;
  readonly clock: () => Date;
}

type Trx = Kysely<OfficialTables & RepositoryTables>;

/**
 * Tags, documentation and the entry of the audit trail in one transaction: whoever pulls sees what was before, or all of it.
 * What was approved is looked at again in there. Throws OFFICIAL_STATE.
 */
export async function publish(
  deps: PublicationDeps,
  caller: Caller,
  submission: Submission,
): Promise<void> {
  const { database, publisher, onChange } = deps;
  const { repositoryId, name } = submission;
  assertStaged(submission);
  const stage =
    repositoryId === undefined
      ? undefined
      : await findRepositoryById(database.reader, repositoryId);
  if (stage === undefined) throw state("what was built of it is gone: check it again");
  const to = `library/${name}` as RepositoryName;
  await publisher.promote(
    stage,
    {
      to,
      images: listTagged(submission),
      also: async (trx) => finish(deps, { trx: trx as unknown as Trx, caller, submission, to }),
    },
    { principal: caller.by, origin: () => caller.origin },
  );
  onChange();
}

/** Images before the indexes of them: a tag leads to one or the other. */
export function listTagged({
  images,
  indexes,
}: Pick<Submission, "images" | "indexes">): Promotion["images"] {
  const joined = new Set(indexes.flatMap(({ tags }) => tags));
  const alone = images.map(({ digest, tags }) => ({
    digest,
    tags: tags.filter((tag) => !joined.has(tag)),
  }));
  return [...alone, ...indexes].map(({ digest, tags }) => ({
    digest: digest as Digest,
    tags: tags.map(parseTag),
  }));
}

async function finish(
  { journal, clock, onImages }: PublicationDeps,
  wish: { trx: Trx; caller: Caller; submission: Submission; to: RepositoryName },
): Promise<void> {
  const { trx, caller, submission, to } = wish;
  const { id, name, digest } = submission;
  const now = clock();
  const found = await getPublishable(trx, submission);
  const tags = [...new Set(found.images.flatMap((image) => image.tags))];
  const repository = await findRepository(trx, to);
  if (repository === undefined) throw new Error(`${to} was pushed to, and is not there`);
  const { description, fullDescription } = printDocumentation(found, tags);
  const told = { description, full_description: fullDescription };
  await updateRepository(trx, repository, { visibility: "public", ...told });
  const digests = found.images.map((image) => image.digest as Digest);
  await onImages(trx, { repositoryId: repository, digests });
  await publishImage(trx, { name, submissionId: id, tags, now });
  if (!(await moveSubmission(trx, { id, from: ["staged"], to: "published", now })))
    throw state("it is not staged any more");
  await withdrawRebuilds(trx, { id, name, now });
  await journal.record(trx, {
    ...{ action: "official.publish", by: caller.by, origin: caller.origin },
    ...{ account: "library", name: to, after: { submission: id, digest, tags } },
  });
}

/** As it is in this transaction. Throws OFFICIAL_STATE for what is not what was approved, or was compared with something else. */
export async function getPublishable(
  trx: Kysely<OfficialTables>,
  { id, name, digest }: Pick<Submission, "id" | "name" | "digest">,
): Promise<Submission> {
  const found = await findSubmission(trx, id);
  if (found === undefined || found.digest !== digest)
    throw state("something else was built of it meanwhile");
  assertStaged(found);
  const before = await findImage(trx, name);
  if (before?.submissionId !== found.comparedWith)
    throw state(
      `what is published of ${name} is another than what it was compared with: check it again`,
    );
  if (!isComplete(await standingOf(trx, found)))
    throw state("it has not the approvals or the answers that it takes any more");
  return found;
}

function assertStaged({ state: now }: Submission): void {
  if (now !== "staged") throw state(`it is ${now}: only what is staged is published`);
}

function state(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.OFFICIAL_STATE, { detail });
}
