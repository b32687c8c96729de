import { ZodError } from "zod";
import { checkFeedFile, type FeedFile, listFeedFiles } from "./feeds/feed-files.ts";
import { openFeed, readSample } from "./feeds/open-feed.ts";
import { IMPORTERS } from "./importers/importers.ts";
import { IndexBuilder } from "./index-builder.ts";
import { FeedError, type FeedRecord, type Importer } from "./record.ts";
import { forgetFeedStates } from "./update/feed-state.ts";

const MAX_FAULTY_SHARE = 0.02;

export interface ImportOptions {
  /** Where the index lies; the caller keeps others from importing there. */
  readonly directory: string;
  /** A file, or a directory of them. */
  readonly path: string;
  readonly clock: () => Date;
  /** A format that the file has, where its content does not say so. */
  readonly format?: string | undefined;
  /** Takes a feed that has far less than the one it replaces, or is older. */
  readonly isForced?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((path: string, records: number) => void) | undefined;
}

export interface ImportedFeed {
  readonly path: string;
  readonly format: string;
  readonly records: number;
  /** Records that were left out, and why the first of them was. */
  readonly faulty: number;
  readonly fault?: string;
}

export interface ImportReport {
  readonly imported: readonly ImportedFeed[];
  /** Files that are no feed, or are older than another one of the same. */
  readonly ignored: readonly { readonly path: string; readonly reason: string }[];
  readonly warnings: readonly string[];
}

/** What a person should know of an import that went well. */
export function remarksOn({
  imported,
  warnings,
}: Pick<ImportReport, "imported" | "warnings">): readonly string[] {
  const left = imported.flatMap(({ faulty, fault }) =>
    faulty === 0 ? [] : [`${faulty} records left out: ${fault}`],
  );
  return [...warnings, ...left];
}

interface Chosen {
  readonly feed: FeedFile;
  readonly importer: Importer;
}

/**
 * Brings feeds into the index, all of them or none: whatever goes wrong, the index that was there stays in force. Throws FeedError for a feed
 * that is cut off, not what its manifest says, or absurd.
 */
export async function importFeeds(options: ImportOptions): Promise<ImportReport> {
  const ignored: { path: string; reason: string }[] = [];
  const chosen = await choose(await listFeedFiles(options.path), options, ignored);
  if (chosen.length === 0)
    throw new FeedError(`nothing in ${options.path} is a feed that is known`);
  const warnings: string[] = [];
  await using builder = await IndexBuilder.open(options.directory, warnings);
  const before = new Map(builder.sources.map(({ id, date }) => [id, date]));
  const imported: ImportedFeed[] = [];
  for (const one of chosen) imported.push(await read(one, builder, options));
  refuseAbsurd(imported);
  if (options.isForced !== true) refuseBackwards(builder, before);
  if (builder.isFirst) await forgetFeedStates(options.directory);
  await builder.finish(options.clock().toISOString());
  return { imported, ignored, warnings };
}

/** Which importer reads what; of feeds that say one thing at several dates, the newest. */
async function choose(
  feeds: readonly FeedFile[],
  { format, path }: ImportOptions,
  ignored: { path: string; reason: string }[],
): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  for (const feed of feeds) {
    const importer = await chooseImporter(feed, format);
    if (importer !== undefined) chosen.push({ feed, importer });
    else if (feed.file === path) throw new FeedError(`${feed.path} has no format that is known`);
    else ignored.push({ path: feed.path, reason: "no format that is known" });
  }
  return chosen.filter(({ feed, importer }) => {
    const newer = importer.isOneFeed === true ? findNewer(chosen, { feed, importer }) : undefined;
    if (newer !== undefined)
      ignored.push({ path: feed.path, reason: `older than ${newer.feed.path}` });
    return newer === undefined;
  });
}

function findNewer(chosen: readonly Chosen[], { feed, importer }: Chosen): Chosen | undefined {
  return chosen.find(
    (other) => other.importer === importer && (other.feed.date ?? "") > (feed.date ?? ""),
  );
}

async function chooseImporter(feed: FeedFile, format?: string): Promise<Importer | undefined> {
  if (format !== undefined) {
    const named = IMPORTERS.find((importer) => importer.format === format);
    if (named !== undefined) return named;
    const known = IMPORTERS.map((importer) => importer.format).join(", ");
    throw new FeedError(`there is no format ${format}; there are ${known}`);
  }
  const head = await explain(feed.path, () => readSample(feed.file));
  return IMPORTERS.find((importer) => importer.recognises({ path: feed.path, head }));
}

async function read(
  { feed, importer }: Chosen,
  builder: IndexBuilder,
  options: ImportOptions,
): Promise<ImportedFeed> {
  return await explain(feed.path, async () => {
    const sha256 = await checkFeedFile(feed);
    const importedAt = options.clock().toISOString();
    const from = { importer, feed: feed.path, sha256, importedAt };
    const opened = { path: feed.path, date: feed.date, open: () => openFeed(feed.file) };
    const count = new RecordCount();
    for await (const record of importer.read(opened)) {
      count.add(record, builder.add(record, from));
      if (count.records % 10_000 !== 0) continue;
      options.signal?.throwIfAborted();
      options.onProgress?.(feed.path, count.records);
    }
    count.refuseEmpty();
    return { path: feed.path, format: importer.format, ...count.report() };
  });
}

class RecordCount {
  records = 0;
  #faulty = 0;
  #first: string | undefined;

  add({ kind }: FeedRecord, fault: string | undefined): void {
    if (fault === undefined) {
      this.records += kind === "feed" ? 0 : 1;
      return;
    }
    this.#faulty += 1;
    this.#first ??= fault;
  }

  refuseEmpty(): void {
    if (this.records === 0) throw new FeedError(this.#first ?? "it says nothing of any package");
  }

  report(): Pick<ImportedFeed, "records" | "faulty" | "fault"> {
    const counts = { records: this.records, faulty: this.#faulty };
    return this.#first === undefined ? counts : { ...counts, fault: this.#first };
  }
}

/** Some publishers have a file for each advisory: what they wrote is judged as one. */
function refuseAbsurd(imported: readonly ImportedFeed[]): void {
  for (const format of new Set(imported.map((feed) => feed.format))) {
    const feeds = imported.filter((feed) => feed.format === format);
    const records = sum(feeds.map((feed) => feed.records));
    const faulty = sum(feeds.map((feed) => feed.faulty));
    const allowed = Math.min(Math.max(3, records * MAX_FAULTY_SHARE), records / 2);
    const first = feeds.find((feed) => feed.fault !== undefined);
    if (faulty <= allowed || first === undefined) continue;
    throw new FeedError(
      `${first.path} was not imported: ${faulty} of its records are absurd; the first: ${first.fault}`,
    );
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function refuseBackwards(
  builder: IndexBuilder,
  before: ReadonlyMap<string, string | undefined>,
): void {
  for (const { id, date } of builder.sources) {
    const former = before.get(id);
    if (former !== undefined && date !== undefined && date < former)
      throw new FeedError(
        `${id} is of ${date}, and the index has it of ${former} (--force takes it)`,
      );
  }
  const [shrunk] = builder.listShrunk();
  if (shrunk === undefined) return;
  throw new FeedError(
    `${shrunk.id} has far less than the ${shrunk.records} records of before: it looks cut off (--force takes it)`,
  );
}

/** Says which feed it was; what cannot be unpacked or parsed is the feed's fault. */
async function explain<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Error && cause.name === "AbortError") throw cause;
    throw new FeedError(`${path} was not imported: ${explainCause(cause)}`, { cause });
  }
}

function explainCause(cause: unknown): string {
  // A record that is not as its format says: where, and what is wrong there.
  if (cause instanceof ZodError) {
    const [issue] = cause.issues;
    return `a record has a ${issue?.path.join(".")} that cannot be: ${issue?.message}`;
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return reason.split("\n", 1)[0] ?? "";
}
