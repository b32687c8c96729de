import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeDurableDirectory, syncDirectory } from "../lib/durable-file.ts";
import { isMissing } from "../lib/file-error.ts";
import { SortedRuns } from "../lib/sorted-runs.ts";
import { type AdvisoryIndex, openIndex } from "./index-file/index-reader.ts";
import { formatLine, writeIndex } from "./index-file/index-writer.ts";
import { affectedKey, IndexDamaged, type SourceFacts } from "./index-file/layout.ts";
import { packAffected, packDetail } from "./index-file/stored.ts";
import type { FeedRecord, Importer } from "./record.ts";
import { findRecordFault } from "./record-checks.ts";

const INDEX_NAME = "index.adv";
const WORK_NAME = "work";

export function indexPath(directory: string): string {
  return join(directory, INDEX_NAME);
}

/** The index of a data directory; undefined where nothing was imported yet. Throws IndexDamaged. */
export function findIndex(directory: string): AdvisoryIndex | undefined {
  try {
    return openIndex(indexPath(directory));
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

type SourceInProgress = { -readonly [Field in keyof SourceFacts]: SourceFacts[Field] };

interface Touched {
  readonly whole: Set<number>;
  /** By source: the advisories that a partial feed named. */
  readonly advisories: Map<number, Set<string>>;
}

/** What is added to an index: records of feeds in any order, on top of what was there. */
export class IndexBuilder implements AsyncDisposable {
  readonly #directory: string;
  readonly #work: string;
  readonly #old: AdvisoryIndex | undefined;
  readonly #sources: SourceInProgress[];
  readonly #runs: SortedRuns;
  readonly #touched: Touched = { whole: new Set(), advisories: new Map() };
  readonly #added = new Map<number, number>();

  private constructor(directory: string, old: AdvisoryIndex | undefined) {
    this.#directory = directory;
    this.#work = join(directory, WORK_NAME);
    this.#old = old;
    this.#sources = (old?.header.sources ?? []).map((source) => ({ ...source }));
    this.#runs = new SortedRuns(this.#work);
  }

  /** One at a time for a directory: the caller holds its lock. A damaged index counts as none, and is named in `warnings`. */
  static async open(directory: string, warnings: string[]): Promise<IndexBuilder> {
    await makeDurableDirectory(directory);
    const builder = new IndexBuilder(directory, findSound(directory, warnings));
    // What a process that died left behind.
    await rm(builder.#work, { recursive: true, force: true });
    await mkdir(builder.#work, { mode: 0o700 });
    return builder;
  }

  /** Whether nothing was there, or nothing that could be read. */
  get isFirst(): boolean {
    return this.#old === undefined;
  }

  get sources(): readonly SourceFacts[] {
    return this.#sources;
  }

  /** Why the record was left out; undefined for one that was added. */
  add(
    record: FeedRecord,
    from: { importer: Importer; feed: string; sha256: string; importedAt: string },
  ): string | undefined {
    const fault = findRecordFault(record);
    if (fault !== undefined) return fault;
    const at = this.#sourceOf(record.source, from);
    switch (record.kind) {
      case "affected": {
        this.#touch(at, record.advisory ?? record.id);
        const json = JSON.stringify(packAffected(record, at));
        const key = affectedKey(record.ecosystem, record.name);
        this.#runs.add(formatLine("affected", key, { id: record.id, source: at, json }));
        break;
      }
      case "detail": {
        this.#touch(at, record.id);
        const json = JSON.stringify(packDetail(record, at));
        this.#runs.add(formatLine("detail", record.id, { id: record.id, source: at, json }));
        break;
      }
      case "withdrawn":
        this.#touch(at, record.id);
        return undefined;
      case "feed":
        this.#date(at, record.date);
        return undefined;
    }
    this.#added.set(at, this.added(at) + 1);
    return undefined;
  }

  added(source: number): number {
    return this.#added.get(source) ?? 0;
  }

  /** Sources that were replaced whole, and now have far less than before: such a feed was cut off, or is not what it was. */
  listShrunk(): SourceFacts[] {
    return [...this.#touched.whole].flatMap((at) => {
      const source = this.#sources[at];
      return source !== undefined && this.added(at) < source.records * 0.9 ? [source] : [];
    });
  }

  /** Puts the new index in the place of the old one. Before its rename the old one is in force, after it the new one. */
  async finish(made: string): Promise<void> {
    const path = join(this.#work, INDEX_NAME);
    const kept = this.#old?.lines(({ source, advisory }) => this.#isKept(source, advisory)) ?? [];
    await writeIndex(path, this.#runs.sorted(kept), { made, sources: this.#sources });
    // What cannot be read back must not replace anything.
    openIndex(path)[Symbol.dispose]();
    await rename(path, indexPath(this.#directory));
    await syncDirectory(this.#directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#old?.[Symbol.dispose]();
    await this.#runs[Symbol.asyncDispose]();
    await rm(this.#work, { recursive: true, force: true });
  }

  #sourceOf(
    id: string,
    from: { importer: Importer; feed: string; sha256: string; importedAt: string },
  ): number {
    const { importer, feed, sha256, importedAt } = from;
    const known = this.#sources.findIndex((source) => source.id === id);
    const at = known < 0 ? this.#sources.length : known;
    const isFirst = !this.#touched.whole.has(at) && !this.#touched.advisories.has(at);
    if (known < 0 || isFirst) {
      const { format, title, lists } = importer;
      const { records = 0, date } = this.#sources[at] ?? {};
      const keepsDate = importer.replaces === "advisories" && date !== undefined;
      const facts = { id, format, title, lists, importedAt, feed, sha256, records };
      this.#sources[at] = keepsDate ? { ...facts, date } : facts;
      if (importer.replaces === "source") this.#touched.whole.add(at);
      else this.#touched.advisories.set(at, new Set());
    }
    return at;
  }

  #touch(source: number, advisory: string): void {
    this.#touched.advisories.get(source)?.add(advisory);
  }

  #date(source: number, date: string | undefined): void {
    const facts = this.#sources[source];
    if (facts === undefined || date === undefined || date <= (facts.date ?? "")) return;
    facts.date = date;
  }

  #isKept(source: number, advisory: string): boolean {
    if (this.#touched.whole.has(source)) return false;
    return this.#touched.advisories.get(source)?.has(advisory) !== true;
  }
}

function findSound(directory: string, warnings: string[]): AdvisoryIndex | undefined {
  try {
    return findIndex(directory);
  } catch (cause) {
    if (!(cause instanceof IndexDamaged)) throw cause;
    warnings.push(`${cause.message}; what it held is gone, import its feeds again`);
    return undefined;
  }
}
