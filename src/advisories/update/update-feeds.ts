import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findIndex } from "../index-builder.ts";
import { IndexDamaged } from "../index-file/layout.ts";
import { FeedError } from "../record.ts";
import { type Downloaded, download, type OpenUrl } from "./download.ts";
import { type FeedState, forgetFeedStates, readFeedStates, writeFeedStates } from "./feed-state.ts";

/** A feed that the operator named. */
export interface FeedSource {
  readonly name: string;
  readonly url: string;
  readonly format?: string | undefined;
  readonly checksum?: string | undefined;
}

export interface UpdateOptions {
  /** Where the index lies; the caller keeps others from importing there. */
  readonly directory: string;
  readonly feeds: readonly FeedSource[];
  readonly mirror?: string | undefined;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly open: OpenUrl;
  /** Brings a file into the index and says what is to be known of it, or throws FeedError and changes nothing. */
  readonly bringIn: (path: string, format: string | undefined) => Promise<readonly string[]>;
  readonly clock: () => Date;
  readonly signal: AbortSignal;
  readonly onProgress?:
    | ((name: string, done: number, total: number | undefined) => void)
    | undefined;
}

export interface FeedOutcome {
  readonly name: string;
  readonly outcome: "imported" | "unchanged" | "failed";
  readonly reason?: string;
  /** What a person should know of a feed that was taken: an index that was lost before, records that were left out. */
  readonly remarks?: readonly string[];
}

/** Fetches what is newer than what is in force, feed by feed: one that fails keeps no other from being brought in. */
export async function updateFeeds(options: UpdateOptions): Promise<FeedOutcome[]> {
  const { directory, feeds, signal } = options;
  if (!hasIndex(directory)) await forgetFeedStates(directory);
  const states = await readFeedStates(directory);
  const outcomes: FeedOutcome[] = [];
  for (const feed of feeds) {
    signal.throwIfAborted();
    const outcome = await updateFeed(feed, states, options);
    outcomes.push(outcome);
    await writeFeedStates(directory, states);
  }
  return outcomes;
}

function hasIndex(directory: string): boolean {
  try {
    using index = findIndex(directory);
    return index !== undefined;
  } catch (cause) {
    if (!(cause instanceof IndexDamaged)) throw cause;
    return false;
  }
}

async function updateFeed(
  feed: FeedSource,
  states: Record<string, FeedState>,
  options: UpdateOptions,
): Promise<FeedOutcome> {
  const { name } = feed;
  const url = atMirror(feed.url, options.mirror);
  const checkedAt = options.clock().toISOString();
  const { failure: _former, ...before } = states[name] ?? { url };
  try {
    const { fetched, remarks } = await fetchAndBringIn(feed, states[name], options);
    states[name] =
      fetched === undefined
        ? { ...before, url, checkedAt }
        : { ...fetched, url, checkedAt, fetchedAt: checkedAt };
    if (fetched === undefined) return { name, outcome: "unchanged" };
    return { name, outcome: "imported", ...(remarks.length > 0 ? { remarks } : {}) };
  } catch (cause) {
    options.signal.throwIfAborted();
    if (!(cause instanceof Error)) throw cause;
    // What is in force stays what it was, and so does what is known of it.
    states[name] = { ...before, checkedAt, failure: cause.message };
    return { name, outcome: "failed", reason: cause.message };
  }
}

async function fetchAndBringIn(
  feed: FeedSource,
  state: FeedState | undefined,
  options: UpdateOptions,
): Promise<{ readonly fetched: Downloaded | undefined; readonly remarks: readonly string[] }> {
  const { directory, mirror, maxBytes, open } = options;
  const place = join(directory, "fetched");
  await mkdir(place, { recursive: true, mode: 0o700 });
  const url = atMirror(feed.url, mirror);
  const path = join(place, feed.name + endingOf(url));
  const limit = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, limit]);
  const checksum = feed.checksum === undefined ? undefined : atMirror(feed.checksum, mirror);
  const onProgress = (done: number, total: number | undefined) =>
    options.onProgress?.(feed.name, done, total);
  const wish = { url, checksum, state, path, maxBytes, open, signal, onProgress };
  const fetched = await download(wish).catch((cause: unknown) => {
    if (limit.aborted) throw new FeedError("it took longer than advisories.timeout", { cause });
    throw cause;
  });
  if (fetched === undefined) return { fetched, remarks: [] };
  try {
    return { fetched, remarks: await options.bringIn(path, feed.format) };
  } finally {
    await rm(path, { force: true });
  }
}

/** `https://example.org/a/b` lies at `<mirror>/example.org/a/b`. */
function atMirror(url: string, mirror: string | undefined): string {
  if (mirror === undefined) return url;
  const { host, pathname, search } = new URL(url);
  return `${mirror.replace(/\/+$/, "")}/${host}${pathname}${search}`;
}

/** Some formats are known by the end of their names: ".jsonl", ".yml", ".json.gz". */
function endingOf(url: string): string {
  const [ending = ""] = /(\.[a-z0-9]{1,8}){1,2}$/i.exec(new URL(url).pathname) ?? [];
  return ending;
}
