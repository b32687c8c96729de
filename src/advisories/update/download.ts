import { open, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { isMissing } from "../../lib/file-error.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { hashFile } from "../feeds/open-feed.ts";
import { FeedError } from "../record.ts";
import type { FeedState } from "./feed-state.ts";

export interface OpenedUrl {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Asks for an address. `isRedirected`: somebody else than the operator named it, so it must not lead into the network around the hub. */
export type OpenUrl = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isRedirected: boolean;
  readonly signal: AbortSignal;
}) => Promise<OpenedUrl>;

export interface DownloadWish {
  readonly url: string;
  /** Where the publisher says its SHA-256. */
  readonly checksum?: string | undefined;
  /** Of what is in force. */
  readonly state: FeedState | undefined;
  /** Where it is written; what a former attempt left there is gone on with. */
  readonly path: string;
  readonly maxBytes: number;
  readonly open: OpenUrl;
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

export interface Downloaded {
  readonly etag?: string;
  readonly modified?: string;
  readonly sha256: string;
  readonly bytes: number;
}

const ATTEMPTS = 4;
const MAX_REDIRECTS = 5;
const CHECKSUM_BYTES = 64 * 1024;

/** Undefined where what is in force is what there is. Throws FeedError. */
export async function download(wish: DownloadWish): Promise<Downloaded | undefined> {
  const expected = wish.checksum === undefined ? undefined : await fetchChecksum(wish);
  if (expected !== undefined && expected === wish.state?.sha256) return undefined;
  const answer = await fetchWhole(wish);
  if (answer === undefined) return undefined;
  const { size: bytes } = await stat(wish.path);
  const sha256 = await hashFile(wish.path);
  await rm(partOf(wish.path), { force: true });
  if (expected !== undefined && expected !== sha256) {
    await rm(wish.path, { force: true });
    throw new FeedError(`it has the SHA-256 ${sha256}, and its publisher says ${expected}`);
  }
  await date(wish.path, answer.modified);
  return { sha256, bytes, ...omitUndefined({ etag: answer.etag, modified: answer.modified }) };
}

/** Asks for the rest of what ended early, a few times; what is there by then stays for the next update. */
async function fetchWhole(wish: DownloadWish): Promise<Answer | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await request(wish);
    if (answer === undefined || (await isWhole(answer, wish))) return answer;
    if (attempt < ATTEMPTS) continue;
    const { size } = await stat(wish.path);
    throw new FeedError(`it ends after ${size} of ${answer.total ?? "unknown"} bytes`);
  }
}

interface Answer {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  /** Bytes that are there already. */
  readonly from: number;
  readonly total: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Asks for what is newer than what is in force, or for the rest of what was begun. */
async function request(wish: DownloadWish): Promise<Answer | undefined> {
  const begun = await findBegun(wish);
  const { status, headers, body } = await follow(wish, wish.url, {
    "accept-encoding": "identity",
    ...(begun === undefined ? conditions(wish) : resumption(begun)),
  });
  const [etag, modified] = [textOf(headers.etag), textOf(headers["last-modified"])];
  if (status === 304) return undefined;
  if (status === 206 && begun !== undefined) {
    const [, from, total] =
      /^bytes (\d+)-\d+\/(\d+)$/.exec(textOf(headers["content-range"]) ?? "") ?? [];
    if (Number(from) !== begun.bytes)
      throw new FeedError("the server sent another part of it than was asked for");
    return { etag: begun.etag, modified, from: begun.bytes, total: Number(total), body };
  }
  if (status !== 200) throw new FeedError(`the server answers ${status}`);
  refuseOlder(modified, wish.state);
  const length = textOf(headers["content-length"]);
  if (length !== undefined && Number(length) > wish.maxBytes) throw tooLarge(wish);
  return {
    etag,
    modified,
    from: 0,
    total: length === undefined ? undefined : Number(length),
    body,
  };
}

function conditions({ state, url }: DownloadWish): Record<string, string> {
  if (state === undefined || state.url !== url) return {};
  if (state.etag !== undefined) return { "if-none-match": state.etag };
  return state.modified === undefined ? {} : { "if-modified-since": state.modified };
}

interface Begun {
  readonly bytes: number;
  readonly etag: string;
}

function resumption({ bytes, etag }: Begun): Record<string, string> {
  return { range: `bytes=${bytes}-`, "if-range": etag };
}

/** What is written beside a file while it is not whole: of which address and version it is. */
function partOf(path: string): string {
  return `${path}.part`;
}

async function findBegun({ path, url }: DownloadWish): Promise<Begun | undefined> {
  try {
    const [of, etag] = (await readFile(partOf(path), "utf8")).split("\n");
    const { size: bytes } = await stat(path);
    if (of !== url || etag === undefined || etag === "" || bytes === 0) return undefined;
    return { bytes, etag };
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

/** False where the connection ended early: the rest can be asked for. */
async function isWhole(answer: Answer, wish: DownloadWish): Promise<boolean> {
  const { etag, from, total, body } = answer;
  // A weak tag is that of several contents.
  const isResumable = etag !== undefined && !etag.startsWith("W/");
  await writeFile(partOf(wish.path), `${wish.url}\n${isResumable ? etag : ""}`);
  await using file = await open(wish.path, from === 0 ? "w" : "a", 0o600);
  let bytes = from;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > wish.maxBytes) throw tooLarge(wish);
      await file.writeFile(chunk);
      wish.onProgress?.(bytes, total);
    }
  } catch (cause) {
    if (cause instanceof FeedError || wish.signal.aborted || isOfDisk(cause)) throw cause;
    return false;
  }
  await file.sync();
  return total === undefined || bytes === total;
}

/** What a connection throws has no path and no call of the file system in it. */
function isOfDisk(cause: unknown): boolean {
  const { code } = cause as { readonly code?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || code === "EIO";
}

async function follow(
  { open: openUrl, signal }: Pick<DownloadWish, "open" | "signal">,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<OpenedUrl> {
  let at = url;
  for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
    const isRedirected = new URL(at).origin !== new URL(url).origin;
    const answer = await openUrl({ url: at, headers, isRedirected, signal });
    const location = textOf(answer.headers.location);
    if (
      answer.status < 301 ||
      answer.status > 308 ||
      answer.status === 304 ||
      location === undefined
    )
      return answer;
    await discard(answer.body);
    const next = new URL(location, at);
    if (next.protocol !== "https:" && new URL(url).protocol === "https:")
      throw new FeedError("it is redirected to an address without encryption");
    at = next.href;
  }
  throw new FeedError("it is redirected again and again");
}

/** Nobody reads the rest of it, so its connection is let go. */
async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body) break;
}

/** "<hash>", or a line of sha256sum. */
async function fetchChecksum(wish: DownloadWish): Promise<string> {
  const { status, body } = await follow(wish, wish.checksum ?? "", {});
  if (status !== 200) throw new FeedError(`the server answers ${status} for its checksum`);
  let text = "";
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString("latin1");
    if (text.length > CHECKSUM_BYTES) throw new FeedError("its checksum is longer than 64 KiB");
  }
  const name = new URL(wish.url).pathname.split("/").at(-1) ?? "";
  const lines = text.split("\n");
  const line = lines.find((one) => one.includes(name)) ?? lines[0] ?? "";
  const [hash] = /\b[0-9a-fA-F]{64}\b/.exec(line) ?? [];
  if (hash === undefined) throw new FeedError("its checksum is no SHA-256");
  return hash.toLowerCase();
}

function refuseOlder(modified: string | undefined, state: FeedState | undefined): void {
  const [now, before] = [Date.parse(modified ?? ""), Date.parse(state?.modified ?? "")];
  if (now < before)
    throw new FeedError(`it is of ${modified}, and what is in force of ${state?.modified}`);
}

/** The day of a file stands for the day of its content, where that says none. */
async function date(path: string, modified: string | undefined): Promise<void> {
  const time = Date.parse(modified ?? "");
  if (!Number.isNaN(time)) await utimes(path, time / 1000, time / 1000);
}

function tooLarge({ maxBytes }: DownloadWish): FeedError {
  return new FeedError(`it is larger than ${maxBytes} bytes (advisories.maxBytes)`);
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}
