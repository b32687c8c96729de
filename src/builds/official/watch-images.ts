import type { Journal } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { readDockerfile } from "../../scanning/index.ts";
import { imagesOf } from "./checks/base-checks.ts";
import { distinctSources } from "./checks/definition-checks.ts";
import { listImages, setFlags } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { parseDefinition } from "./parse-definition.ts";
import { flagRebuild, rebuildImage } from "./rebuild-image.ts";
import { createHubSources, type HubSourceDeps } from "./sources/hub-sources.ts";
import { SourceUnreadable } from "./sources/sources.ts";
import { findSubmission, type Submission } from "./submissions-store.ts";

interface WatchDeps extends HubSourceDeps {
  readonly database: Database<OfficialTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
}

const SILENCE_MS = 90 * 86_400_000;

/**
 * An image whose base was published after it is submitted anew as it is, to be built, checked and approved again. A maintainer
 * who was not heard of for 90 days is told of in the flags.
 */
export async function watchImages(deps: WatchDeps): Promise<void> {
  const { database, clock } = deps;
  const images = (await listImages(database.reader)).filter((one) => one.status !== "retired");
  const published = new Map(images.map((one) => [one.name, one]));
  for (const image of images) {
    const submission = await findSubmission(database.reader, image.submissionId);
    if (submission === undefined) continue;
    const bases = await listBases(deps, submission);
    const newer = bases
      .flatMap((base) => published.get(base) ?? [])
      .filter(({ publishedAt }) => publishedAt > image.publishedAt);
    const isSilent = clock().getTime() - image.publishedAt.getTime() > SILENCE_MS;
    const flags = [
      ...newer.map((base) => `its base ${base.name} was published after it`),
      ...(isSilent ? ["nothing was published for 90 days"] : []),
    ];
    await database.write(async (trx) => {
      if (newer.length > 0 && image.status === "maintained")
        await rebuildImage(deps, trx, { published: submission, bases: newer });
      await setFlags(trx, image.name, [...flags, ...(await flagRebuild(trx, submission))]);
    });
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
