import type { Database } from "../../platform/db/index.ts";
import { readDockerfile } from "../../scanning/index.ts";
import { imagesOf } from "./checks/base-checks.ts";
import { distinctSources } from "./checks/definition-checks.ts";
import { listImages, type OfficialImage, setFlags } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { parseDefinition } from "./parse-definition.ts";
import { createHubSources, type HubSourceDeps } from "./sources/hub-sources.ts";
import { SourceUnreadable } from "./sources/sources.ts";
import {
  findSubmission,
  insertSubmission,
  listSubmissions,
  type Submission,
} from "./submissions-store.ts";

interface WatchDeps extends HubSourceDeps {
  readonly database: Database<OfficialTables>;
  readonly clock: () => Date;
}

const SILENCE_MS = 90 * 86_400_000;
const OVER = new Set(["published", "withdrawn"]);

/**
 * An image whose base was published after it is submitted anew as it is, to be built, checked and approved again. A maintainer
 * who was not heard of for 90 days is told of in the flags.
 */
export async function watchImages(deps: WatchDeps): Promise<void> {
  const { database, clock } = deps;
  const images = (await listImages(database.reader)).filter((one) => one.status !== "retired");
  const published = new Map(images.map((one) => [one.name, one.publishedAt]));
  for (const image of images) {
    const submission = await findSubmission(database.reader, image.submissionId);
    if (submission === undefined) continue;
    const bases = await listBases(deps, submission);
    const newer = bases.filter(
      (base) => (published.get(base) ?? image.publishedAt) > image.publishedAt,
    );
    const isSilent = clock().getTime() - image.publishedAt.getTime() > SILENCE_MS;
    const flags = [
      ...newer.map((base) => `its base ${base} was published after it`),
      ...(isSilent ? ["nothing was published for 90 days"] : []),
    ];
    await database.write(async (trx) => setFlags(trx, image.name, flags));
    if (newer.length > 0 && image.status === "maintained") await resubmit(deps, image, submission);
  }
}

/** Which images the Dockerfiles of what was published build on; none of those that cannot be read any more. */
async function listBases(deps: HubSourceDeps, submission: Submission): Promise<readonly string[]> {
  const sources = createHubSources(deps, submission);
  const found = new Set<string>();
  for (const source of distinctSources(parseDefinition(submission.definition))) {
    try {
      const repository = await sources.open(source);
      const bytes = await repository.read(source.gitCommit, `${source.directory}/${source.file}`);
      const { all: instructions } = readDockerfile(bytes?.toString("utf8") ?? "");
      for (const { name } of imagesOf({ instructions })) found.add(name);
    } catch (cause) {
      // Sources that are away for a while say nothing of their bases until they are back.
      if (!(cause instanceof SourceUnreadable)) throw cause;
    }
  }
  return [...found];
}

/** Unless somebody is at it already, or it was done for this base. */
async function resubmit(
  { database, clock }: WatchDeps,
  { name }: OfficialImage,
  submission: Submission,
): Promise<void> {
  await database.write(async (trx) => {
    const page = { name, state: undefined, author: undefined, before: undefined, limit: 20 };
    const all = await listSubmissions(trx, page);
    const isUnderway = all.some(({ id, state }) => id > submission.id && !OVER.has(state));
    if (isUnderway || parseDefinition(submission.definition).problems.length > 0) return;
    const { author, authorId, baseUrl, definition, definitionHash, documents, logo } = submission;
    await insertSubmission(trx, {
      ...{ name, author, authorId, baseUrl, definition, definitionHash, documents, logo },
      now: clock(),
    });
  });
}
