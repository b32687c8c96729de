import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Journal } from "../../../access/index.ts";
import type { Digest } from "../../../oci/digest.ts";
import { parseTag } from "../../../oci/tag.ts";
import type { Database } from "../../../platform/db/index.ts";
import type { ImagePublisher } from "../../../registry/index.ts";
import type { Repository } from "../../../repositories/index.ts";
import type { AttestDeps } from "../../provenance/attest-build.ts";
import { writeIndex } from "../../provenance/write-index.ts";
import { checkSources } from "../check-sources.ts";
import type { CheckResult } from "../checks/check.ts";
import { findImage } from "../images-store.ts";
import type { OfficialTables, SubmissionId } from "../official-tables.ts";
import { type ParsedDefinition, parseDefinition } from "../parse-definition.ts";
import { readDocumentation } from "../read-documentation.ts";
import { chooseWaiting } from "../rebuild-order.ts";
import { createHubSources, type HubSourceDeps } from "../sources/hub-sources.ts";
import {
  findSubmission,
  moveSubmission,
  requeueSubmissions,
  type StagedIndex,
  type Submission,
} from "../submissions-store.ts";
import { attestImage, type MadeImage } from "./attest-image.ts";
import { type BuiltEntry, buildEntry, type EntryDeps } from "./build-entries.ts";
import { finishChecks } from "./finish-checks.ts";
import { joinTags } from "./join-tags.ts";
import { listBuilds, type Made, NOTHING, withBuilds } from "./made.ts";

export interface StageDeps
  extends HubSourceDeps,
    Omit<EntryDeps, "bytesBefore">,
    Pick<AttestDeps, "attest" | "hubUrl"> {
  readonly database: Database<OfficialTables>;
  readonly publisher: Pick<ImagePublisher, "publish">;
  readonly journal: Journal;
  /** The hidden repository of a submission, which reviewers may pull from and nobody else sees. */
  readonly openStage: (submission: Submission) => Promise<Repository>;
  readonly data: string;
  readonly clock: () => Date;
  readonly log: Logger;
}

type Pushed = Pick<BuiltEntry, "folder" | "tags" | "digest" | "mediaType" | "size"> & {
  /** The image itself, or those in an index. */
  readonly images: readonly MadeImage[];
};

/** Of all entries of one submission together. Others wait for it. */
const SUBMISSION_MS = 6 * 3_600_000;

/** Checks and builds what was submitted, one after the other. What a hub that ended did not finish is begun anew. */
export class Stage {
  readonly #deps: StageDeps;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #checking: { readonly id: SubmissionId; readonly stop: AbortController } | undefined;

  constructor(deps: StageDeps) {
    this.#deps = deps;
  }

  async recover(): Promise<void> {
    await this.#deps.database.write(requeueSubmissions);
  }

  wake(): void {
    if (this.#closing.signal.aborted || this.#running !== undefined) return;
    this.#running = this.#work()
      // What failed is begun anew by the next hub.
      .catch((err) => this.#deps.log.error({ err }, "official images could not be checked"))
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** What is checked now, if anything is. */
  get checking(): SubmissionId | undefined {
    return this.#checking?.id;
  }

  /** Of one that was withdrawn: what is built of it ends now. */
  stop(id: SubmissionId): void {
    if (this.#checking?.id === id) this.#checking.stop.abort(new Error("it was withdrawn"));
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the hub stopped"));
    await this.#running;
  }

  async #work(): Promise<void> {
    const { database, clock } = this.#deps;
    while (!this.#closing.signal.aborted) {
      const found = await chooseWaiting(database.reader, clock());
      if (found === undefined) return;
      const begun = { id: found.id, from: ["submitted"], to: "checking", now: clock() } as const;
      if (await database.write((trx) => moveSubmission(trx, begun))) await this.#checkOne(found);
    }
  }

  /** Throws nothing of what is wrong with it: those after it are to have their turn. */
  async #checkOne(found: Submission): Promise<void> {
    const { database, clock, log } = this.#deps;
    const { id } = found;
    const stop = new AbortController();
    this.#checking = { id, stop };
    const ends = [this.#closing.signal, stop.signal, AbortSignal.timeout(SUBMISSION_MS)];
    try {
      await this.#check(found, AbortSignal.any(ends));
    } catch (err) {
      // The next hub begins it anew, or nobody wants it any more.
      if (this.#closing.signal.aborted || stop.signal.aborted) return;
      log.error({ err, submission: id }, "checks of a submission failed");
      const why = "the hub could not check it; its log says why";
      const over = { id, from: ["checking"], to: "changes requested", why, now: clock() } as const;
      await database.write((trx) => moveSubmission(trx, over));
    } finally {
      this.#checking = undefined;
    }
  }

  async #check(submission: Submission, signal: AbortSignal): Promise<void> {
    const { builder, data } = this.#deps;
    const work = join(data, "builds", "work", `official-${submission.id}`);
    try {
      await mkdir(work, { recursive: true });
      await this.#checkIn(submission, work, signal);
    } finally {
      await builder.clear(work);
    }
  }

  async #checkIn(submission: Submission, work: string, signal: AbortSignal): Promise<void> {
    const { bases } = this.#deps;
    const parsed = parseDefinition(submission.definition);
    const sources = createHubSources(this.#deps, submission);
    const docs = readDocumentation(submission.documents, submission.logo !== undefined);
    const first = await checkSources({ parsed, sources, bases, docs, images: [] });
    // Nothing is built of what is not what its definition says.
    const isSound = !first.some(
      ({ number, state }) => number <= 10 && state === "failed" && number !== 5 && number !== 9,
    );
    const made = isSound ? await this.#build(submission, parsed, { work, signal }) : NOTHING;
    const checks = withBuilds(
      await checkSources({ parsed, sources, bases, docs, images: made.looked }),
      made.builds,
    );
    await this.#finish(submission, checks, made);
  }

  async #build(
    submission: Submission,
    parsed: ParsedDefinition,
    { work, signal }: { readonly work: string; readonly signal: AbortSignal },
  ): Promise<Made> {
    const { openStage, builder } = this.#deps;
    const stage = await openStage(submission);
    const made: Made = { looked: [], built: [], builds: [], indexes: [] };
    const sources = createHubSources(this.#deps, submission);
    const deps: EntryDeps = {
      ...this.#deps,
      bytesBefore: (image) => this.#bytesBefore(submission.name, image),
    };
    const by = submission.author;
    for (const { name, ...place } of listBuilds(parsed)) {
      signal.throwIfAborted();
      const folder = join(work, String(made.builds.length));
      const wish = { sources, repository: stage.id, work: folder, signal, by };
      const { build, made: one } = await buildEntry(deps, place, wish);
      made.builds.push({ ...build, name });
      if (one !== undefined) {
        made.looked.push({ name, subject: one.subject });
        await this.#push(submission, stage, { ...one.built, images: [one.built] });
        made.built.push(one.built);
      }
      // Many architectures would fill the disk together.
      await builder.clear(folder);
    }
    made.indexes.push(...(await this.#join(submission, made.built, { stage, work })));
    return made;
  }

  async #push(
    submission: Submission,
    stage: Repository,
    { folder, tags, digest, mediaType, size, images }: Pushed,
  ): Promise<void> {
    const { author, id } = submission;
    const origin = { address: "", client: `berth official ${id}` };
    const by = { principal: author, origin: () => origin };
    const image = { folder, tags: tags.map(parseTag), tagRules: undefined };
    const pushed: Digest = await this.#deps.publisher.publish(stage, image, by);
    if (pushed !== digest) throw new Error(`a build gave ${digest}, and ${pushed} was pushed`);
    const subject = { mediaType, digest: pushed, size };
    await attestImage(this.#deps, submission, { repository: stage, subject, images });
  }

  /** Tags of several images lead to an index of them, whichever of the images they led to before. */
  async #join(
    submission: Submission,
    built: readonly BuiltEntry[],
    { stage, work }: { readonly stage: Repository; readonly work: string },
  ): Promise<StagedIndex[]> {
    const indexes: StagedIndex[] = [];
    for (const { tags, images } of joinTags(built)) {
      if (images.length === 1) continue;
      const folder = join(work, `index-${indexes.length}`);
      await mkdir(folder);
      const index = await writeIndex(folder, { images });
      await this.#push(submission, stage, { ...index, tags, images });
      indexes.push({ tags, digest: index.digest, images: images.map((image) => image.digest) });
    }
    return indexes;
  }

  async #bytesBefore(
    name: string,
    { tag, architecture }: { readonly tag: string; readonly architecture: string },
  ): Promise<number | undefined> {
    const { reader } = this.#deps.database;
    const image = await findImage(reader, name);
    const before = image && (await findSubmission(reader, image.submissionId));
    return before?.images.find((one) => one.tags.includes(tag) && one.architecture === architecture)
      ?.bytes;
  }

  async #finish(
    submission: Submission,
    checks: readonly CheckResult[],
    { built, indexes }: Made,
  ): Promise<void> {
    const { database, log } = this.#deps;
    const images = built.map(({ tags, architecture, digest, bytes, bases }) => ({
      ...{ tags, architecture, digest, bytes, bases },
    }));
    await database.write((trx) =>
      finishChecks(this.#deps, trx, { submission, checks, images, indexes }),
    );
    log.info({ submission: submission.id, name: submission.name }, "official image checked");
  }
}
