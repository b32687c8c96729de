import type { Kysely } from "kysely";
import { readDockerfile } from "../../scanning/index.ts";
import type { BuildTables } from "../tables.ts";
import { imagesOf } from "./checks/base-checks.ts";
import { distinctSources } from "./checks/definition-checks.ts";
import { type LibraryFollowerDeps, toKey } from "./follow-library.ts";
import { listImages, type OfficialImage, setFlags } from "./images-store.ts";
import { listMovedBases, usedBasesOf } from "./library-bases.ts";
import type { OfficialTables } from "./official-tables.ts";
import { parseDefinition } from "./parse-definition.ts";
import { flagRebuild, rebuildImage } from "./rebuild-image.ts";
import { createHubSources, type HubSourceDeps } from "./sources/hub-sources.ts";
import { SourceUnreadable } from "./sources/sources.ts";
import { findSubmission, type Submission } from "./submissions-store.ts";

export interface WatchDeps extends HubSourceDeps, LibraryFollowerDeps {}

const SILENCE_MS = 90 * 86_400_000;

/**
 * An image whose base is another by now is submitted anew as it is, to be built, checked and approved again: this finds what
 * moved while nobody followed. A maintainer who was not heard of for 90 days is told of in the flags.
 */
export async function watchImages(deps: WatchDeps): Promise<void> {
  const { database, clock, rebuilds } = deps;
  const images = (await listImages(database.reader)).filter((one) => one.status !== "retired");
  for (const image of images) {
    const submission = await findSubmission(database.reader, image.submissionId);
    if (submission === undefined) continue;
    const older = await listNewerImages(deps, { image, submission, images });
    const isSilent = clock().getTime() - image.publishedAt.getTime() > SILENCE_MS;
    await database.write(async (trx) => {
      const { flags, bases } = older ?? (await listMoved(deps, trx, submission));
      if (rebuilds && bases !== "" && image.status === "maintained")
        await rebuildImage(deps, trx, { published: submission, bases });
      await setFlags(trx, image.name, [
        ...flags,
        ...(isSilent ? ["nothing was published for 90 days"] : []),
        ...(await flagRebuild(trx, submission)),
      ]);
    });
  }
}

interface Outdated {
  readonly flags: readonly string[];
  /** What a rebuild is for; empty for none. */
  readonly bases: string;
}

async function listMoved(
  { libraryImages }: WatchDeps,
  trx: Kysely<OfficialTables & BuildTables>,
  submission: Submission,
): Promise<Outdated> {
  const bases = await listMovedBases(trx, libraryImages, submission);
  const names = new Set(bases.map(({ reference }) => reference));
  const flags = [...names].map((reference) => `its base ${reference} is another image by now`);
  return { flags, bases: toKey(bases) };
}

/** Of what was built before its bases were written down: undefined for all else. */
async function listNewerImages(
  deps: WatchDeps,
  {
    image,
    submission,
    images,
  }: {
    readonly image: OfficialImage;
    readonly submission: Submission;
    readonly images: readonly OfficialImage[];
  },
): Promise<Outdated | undefined> {
  if (usedBasesOf(submission) !== undefined) return undefined;
  const names = new Set(await listBases(deps, submission));
  const newer = images.filter(
    ({ name, publishedAt }) => names.has(name) && publishedAt > image.publishedAt,
  );
  return {
    flags: newer.map(({ name }) => `its base ${name} was published after it`),
    bases: newer.map(({ name, submissionId }) => `${name}@${submissionId}`).join(" "),
  };
}

/** Which images the Dockerfiles of what was published build on; none of those that cannot be read any more. */
async function listBases(deps: HubSourceDeps, submission: Submission): Promise<readonly string[]> {
  const sources = createHubSources(deps, submission);
  const found = new Set<string>();
  for (const source of distinctSources(parseDefinition(submission.definition))) {
    // What is imported is built on nothing.
    if (source.builder === "oci-import") continue;
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
