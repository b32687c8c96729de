import { PassThrough, type Readable } from "node:stream";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Caller } from "../access/index.ts";
import { isRepositoryName } from "../oci/name.ts";
import type { OutboxTables } from "../platform/jobs/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";

interface LiveDeps {
  readonly db: Kysely<OutboxTables>;
  readonly access: CatalogAccess;
  readonly log: Logger;
}

interface Listener {
  readonly caller: Caller;
  /** Who listens, as far as their rights go. */
  readonly reader: string;
  readonly stream: PassThrough;
  readonly endsAt: number;
}

/** What pages show: everything else of the outbox is for webhooks alone. */
const TOPICS = [
  "manifest.pushed",
  "manifest.deleted",
  "tag.deleted",
  "tag.moved",
  "retention.removed",
  "retention.restored",
  "repository.created",
  "repository.renamed",
  "repository.deleted",
  "scan.completed",
  "scan.failed",
  "vulnerability.found",
];
const LOOK_EVERY_MS = 1000;
/** Proxies close what says nothing for a minute. */
const BEAT_EVERY_MS = 15_000;
/** Then the browser asks anew, and whoever has been logged out since is somebody else. */
const LASTS_MS = 5 * 60_000;
const LISTENERS = 1000;
/** Of one account, or of one address without one: nobody takes the places of all others. */
const LISTENERS_OF_ONE = 100;
const AT_ONCE = 500;
/** Whoever does not read is not written to: their browser comes back. */
const UNREAD_BYTES = 64 * 1024;

/** Tells open pages what happens in the repositories that their readers may pull from. Looks at nothing while nobody listens. */
export class LiveEvents implements AsyncDisposable {
  readonly #deps: LiveDeps;
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #position = 0;
  #beatAt = 0;
  #isOver = false;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /** Undefined when too many listen already, or the hub stops. */
  async listen(caller: Caller): Promise<Readable | undefined> {
    if (this.#isOver || this.#listeners.size >= LISTENERS) return undefined;
    const place = placeOf(caller);
    const same = [...this.#listeners].filter((other) => placeOf(other.caller) === place);
    if (same.length >= LISTENERS_OF_ONE) return undefined;
    if (this.#listeners.size === 0) this.#position = await this.#findEnd();
    const stream = new PassThrough();
    const reader = JSON.stringify(caller.by);
    const listener = { caller, reader, stream, endsAt: Date.now() + LASTS_MS };
    this.#listeners.add(listener);
    stream.once("close", () => this.#forget(listener));
    stream.write(": hello\n\n");
    this.#timer ??= setInterval(() => this.#lookOnce(), LOOK_EVERY_MS);
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const { stream } of this.#listeners) stream.end();
    this.#listeners.clear();
    this.#stop();
    await this.#looking;
  }

  #forget(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookOnce(): void {
    this.#looking = this.#looking
      .then(() => this.#look())
      // Pages read anew when they are looked at again; the next look is in a second.
      .catch((err) => this.#deps.log.warn({ err }, "events were not told to pages"));
  }

  async #look(): Promise<void> {
    const events = await this.#deps.db
      .selectFrom("outbox")
      .select(["id", "topic", "ordering_key as repository"])
      .where("id", ">", this.#position)
      .orderBy("id")
      .limit(AT_ONCE)
      .execute();
    this.#position = events.at(-1)?.id ?? this.#position;
    const told = new Map(
      events
        .filter(({ topic }) => TOPICS.includes(topic))
        .map(({ topic, repository }) => [`${topic} ${repository}`, { topic, repository }]),
    );
    this.#endAndBeat();
    for (const event of told.values()) await this.#tellAll(event);
  }

  #endAndBeat(): void {
    const beats = this.#isBeatDue();
    for (const { stream, endsAt } of this.#listeners) {
      // Whoever does not read what was written would never come to its end.
      if (stream.readableLength > UNREAD_BYTES) stream.destroy();
      else if (Date.now() >= endsAt) stream.end();
      else if (beats) stream.write(": still here\n\n");
    }
  }

  #isBeatDue(): boolean {
    if (Date.now() - this.#beatAt < BEAT_EVERY_MS) return false;
    this.#beatAt = Date.now();
    return true;
  }

  /** Asked once for each reader, however many pages they have open. */
  async #tellAll(event: { readonly topic: string; readonly repository: string }): Promise<void> {
    const { repository } = event;
    if (!isRepositoryName(repository)) return;
    const text = `data: ${JSON.stringify(event)}\n\n`;
    const may = new Map<string, boolean>();
    for (const { caller, reader, stream } of this.#listeners) {
      if (stream.writableEnded) continue;
      const known = may.get(reader) ?? (await this.#deps.access.may(caller, repository, "pull"));
      may.set(reader, known);
      if (known && !stream.writableEnded) stream.write(text);
    }
  }

  async #findEnd(): Promise<number> {
    const row = await this.#deps.db
      .selectFrom("outbox")
      .select((is) => is.fn.max("id").as("id"))
      .executeTakeFirst();
    return Number(row?.id ?? 0);
  }
}

function placeOf({ by, origin }: Caller): string {
  return by.kind === "anonymous" ? `address ${origin.address}` : `${by.kind} ${by.name}`;
}
