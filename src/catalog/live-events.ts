import type { Readable } from "node:stream";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Caller, RepositoryAction } from "../access/index.ts";
import { isRepositoryName } from "../oci/name.ts";
import type { OutboxTables } from "../platform/jobs/index.ts";
import {
  findRepositoryName,
  type RepositoryId,
  type RepositoryTables,
} from "../repositories/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { Listeners } from "./listeners.ts";
import type { RepositoryChanges } from "./repository-changes.ts";

/** What is told, and who may hear it. */
export interface Told {
  readonly event: { readonly topic: string };
  readonly mayHear: (caller: Caller) => Promise<boolean>;
}

interface LiveDeps {
  readonly db: Kysely<OutboxTables & RepositoryTables>;
  readonly access: CatalogAccess;
  /** Of repositories, what the outbox does not hold. */
  readonly changes: readonly Pick<RepositoryChanges, "take" | "forget">[];
  /** Likewise, of something else: what there is to be told since it was asked. */
  readonly news: readonly {
    take(): Promise<readonly Told[]>;
    /** What nobody has asked for is told to nobody. */
    forget(): void;
  }[];
  /** By topics of the outbox whose key is the id of a repository: which right to it lets one read what is meant. */
  readonly rights: Readonly<Record<string, RepositoryAction>>;
  /** By topics of the outbox that are about something else than a repository: what is told of a key, if anything. */
  readonly others: Readonly<Record<string, (key: string) => Promise<Told | undefined>>>;
  readonly log: Logger;
}

/** Who could see it cannot be asked any more, so everybody hears of it, and nobody of which it was. */
const DELETED = "repository.deleted";
/** What pages show of repositories: everything else of the outbox is for webhooks alone, or in `rights` or `others`. */
const TOPICS = [
  "manifest.pushed",
  "manifest.deleted",
  "tag.deleted",
  "tag.moved",
  "retention.removed",
  "retention.restored",
  "repository.created",
  "repository.renamed",
  "build.queued",
  "build.started",
  "build.succeeded",
  "build.failed",
  "build.changed",
];
const AT_ONCE = 500;

/** Tells open pages what happens in the repositories that their readers may pull from. */
export class LiveEvents implements AsyncDisposable {
  readonly #deps: LiveDeps;
  readonly #listeners: Listeners;
  #position = 0;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
    this.#listeners = new Listeners({
      ...{ log: deps.log, what: "repositories" },
      look: () => this.#look(),
    });
  }

  /** Undefined when too many listen already, or the hub stops. */
  async listen(caller: Caller): Promise<Readable | undefined> {
    if (this.#listeners.isEmpty) {
      for (const noted of [...this.#deps.changes, ...this.#deps.news]) noted.forget();
      this.#position = await this.#findEnd();
    }
    return this.#listeners.add(caller);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listeners[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const events = await this.#deps.db
      .selectFrom("outbox")
      .select(["id", "topic", "ordering_key as key"])
      .where("id", ">", this.#position)
      .orderBy("id")
      .limit(AT_ONCE)
      .execute();
    this.#position = events.at(-1)?.id ?? this.#position;
    const distinct = new Map(
      events.map((event) => [
        event.topic === DELETED ? DELETED : `${event.topic} ${event.key}`,
        event,
      ]),
    );
    for (const event of distinct.values()) await this.#tellOne(event);
    for (const changes of this.#deps.changes)
      for (const { topic, repository } of await changes.take())
        await (repository === undefined
          ? this.#tellEverybody({ topic })
          : this.#tellReaders({ topic, repository }));
    for (const news of this.#deps.news)
      for (const told of await news.take()) await this.#tell(told);
  }

  async #tellOne({ topic, key }: { readonly topic: string; readonly key: string }): Promise<void> {
    if (topic === DELETED) return this.#tellEverybody({ topic });
    if (TOPICS.includes(topic)) return await this.#tellReaders({ topic, repository: key });
    const right = this.#deps.rights[topic];
    if (right !== undefined) {
      const repository = await findRepositoryName(this.#deps.db, Number(key) as RepositoryId);
      if (repository !== undefined) await this.#tellReaders({ topic, repository }, right);
      return;
    }
    const told = await this.#deps.others[topic]?.(key);
    if (told !== undefined) await this.#tell(told);
  }

  /** What names nothing. */
  #tellEverybody(event: { readonly topic: string }): void {
    for (const { stream } of this.#listeners) stream.write(toText(event));
  }

  async #tellReaders(
    event: { readonly topic: string; readonly repository: string },
    right: RepositoryAction = "pull",
  ): Promise<void> {
    const { repository } = event;
    if (!isRepositoryName(repository)) return;
    const mayHear = (caller: Caller) => this.#deps.access.may(caller, repository, right);
    await this.#tell({ event, mayHear });
  }

  /** Asked once for each reader, however many pages they have open. */
  async #tell({ event, mayHear }: Told): Promise<void> {
    const text = toText(event);
    const may = new Map<string, boolean>();
    for (const { caller, stream } of this.#listeners) {
      // Who listens, as far as their rights go.
      const reader = JSON.stringify(caller.by);
      const known = may.get(reader) ?? (await mayHear(caller));
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

function toText(event: { readonly topic: string }): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
