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
import { checkSources } from "../check-sources.ts";
import type { CheckResult, Looked } from "../checks/check.ts";
import type { ArchitectureBuild, ImageSubject } from "../checks/image-subject.ts";
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
  type Submission,
} from "../submissions-store.ts";
import { attestImage } from "./attest-image.ts";
import { type BuiltEntry, buildEntry, type EntryDeps } from "./build-entries.ts";
import { finishChecks } from "./finish-checks.ts";

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
    await this.#finish(submission, checks, made.built);
  }

  async #build(
    submission: Submission,
    parsed: ParsedDefinition,
    { work, signal }: { readonly work: string; readonly signal: AbortSignal },
  ): Promise<Made> {
    const stage = await this.#deps.openStage(submission);
    const made: Made = { looked: [], built: [], builds: [] };
    const sources = createHubSources(this.#deps, submission);
    const bytesBefore = (tag: string) => this.#bytesBefore(submission.name, tag);
    for (const [index, entry] of parsed.definition.entries.entries()) {
      signal.throwIfAborted();
      const folder = join(work, String(index));
      const wish = {
        ...{ sources, repository: stage.id, work: folder, signal },
        by: submission.author,
      };
      const one = await buildEntry({ ...this.#deps, bytesBefore }, entry, wish);
      made.builds.push(...one.builds.map((build) => ({ ...build, name: entry.tags[0] ?? "" })));
      if (one.looked !== undefined) made.looked.push(one.looked);
      if (one.built === undefined) continue;
      await this.#push(submission, stage, one.built);
      made.built.push(one.built);
    }
    return made;
  }

  async #push(submission: Submission, stage: Repository, entry: BuiltEntry): Promise<void> {
    const { author, id } = submission;
    const { folder, tags, digest } = entry;
    const origin = { address: "", client: `berth official ${id}` };
    const by = { principal: author, origin: () => origin };
    const image = { folder, tags: tags.map(parseTag), tagRules: undefined };
    const pushed: Digest = await this.#deps.publisher.publish(stage, image, by);
    if (pushed !== digest) throw new Error(`a build gave ${digest}, and ${pushed} was pushed`);
    await attestImage(this.#deps, submission, { repository: stage, image: entry });
  }

  async #bytesBefore(name: string, tag: string): Promise<number | undefined> {
    const { reader } = this.#deps.database;
    const image = await findImage(reader, name);
    const before = image && (await findSubmission(reader, image.submissionId));
    return before?.images.find(({ tags }) => tags.includes(tag))?.bytes;
  }

  async #finish(
    submission: Submission,
    checks: readonly CheckResult[],
    built: readonly BuiltEntry[],
  ): Promise<void> {
    const { database, log } = this.#deps;
    const images = built.map(({ tags, architecture, digest, bytes, bases }) => ({
      ...{ tags, architecture, digest, bytes, bases },
    }));
    await database.write((trx) => finishChecks(this.#deps, trx, { submission, checks, images }));
    log.info({ submission: submission.id, name: submission.name }, "official image checked");
  }
}

type NamedBuild = ArchitectureBuild & { readonly name: string };

interface Made {
  readonly looked: Looked<ImageSubject>[];
  readonly built: BuiltEntry[];
  readonly builds: NamedBuild[];
}

const NOTHING: Made = { looked: [], built: [], builds: [] };

/** What could not be built has no image to look at, and says so by the check about that. */
function withBuilds(checks: readonly CheckResult[], builds: readonly NamedBuild[]): CheckResult[] {
  const failures = builds.flatMap(({ name, architecture, failure }) =>
    failure === undefined ? [] : [`${name} on ${architecture}: ${failure}`],
  );
  if (failures.length === 0) return [...checks];
  return checks.map((check) =>
    check.id === "build-failed" ? { ...check, state: "failed", details: failures } : check,
  );
}
