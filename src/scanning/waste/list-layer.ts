import { createHash, type Hash } from "node:crypto";
import { type LayerWatcher, type ReadableLayer, walkLayer } from "../layers/analyse-layer.ts";
import type { LayerLimits } from "../layers/layer-limits.ts";
import type { TarEntry } from "../layers/tar-walker.ts";

/** Bytes that one or more names of a layer stand for. */
export interface Content {
  readonly bytes: number;
  /** Undefined for empty files, and for sparse ones, whose bytes are not all in the archive. */
  hash: string | undefined;
}

export interface ListedEntry {
  readonly kind: TarEntry["kind"];
  readonly mode: number;
  /** Of files, and of hard links to a file of the same layer. */
  readonly content?: Content;
  /** Of hard links: the path of the file. */
  readonly target?: string;
}

/** What one layer brings and takes away, as it is when it is unpacked: the last entry of a name counts. */
export interface LayerListing {
  readonly entries: ReadonlyMap<string, ListedEntry>;
  readonly whiteouts: readonly string[];
  /** Directories whose lower contents are hidden. */
  readonly opaque: readonly string[];
}

export interface Listing {
  readonly limits: LayerLimits;
  readonly signal: AbortSignal;
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** Lists a layer in one pass; of its content nothing is kept but hashes. Throws LayerRefused. */
export async function listLayer(
  layer: ReadableLayer,
  { limits, signal }: Listing,
): Promise<LayerListing> {
  const lister = new LayerLister(limits.entries);
  const visit = (entry: TarEntry) => {
    lister.visit(entry);
    return undefined;
  };
  const deadline = performance.now() + limits.milliseconds;
  const observe = (chunk: Buffer) => lister.observe(chunk);
  await walkLayer(layer, { limits, signal, deadline, visit, observe });
  // The walk refuses what is beyond its limits, which are the same.
  return lister.listing ?? { entries: new Map(), whiteouts: [], opaque: [] };
}

/** Lists what passes while a layer is read. */
export class LayerLister implements LayerWatcher {
  readonly #most: number;
  readonly #entries = new Map<string, ListedEntry>();
  readonly #whiteouts: string[] = [];
  readonly #opaque: string[] = [];
  readonly #hasher = new ContentHasher();
  #seen = 0;

  /** Of a layer with more than `most` entries nothing is kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Undefined for a layer of too many entries. */
  get listing(): LayerListing | undefined {
    if (this.#seen > this.#most) return undefined;
    return { entries: this.#entries, whiteouts: this.#whiteouts, opaque: this.#opaque };
  }

  visit(entry: TarEntry): void {
    this.#seen += 1;
    if (this.#seen <= this.#most) this.#list(entry);
    else if (this.#seen === this.#most + 1) this.#forget();
  }

  #list(entry: TarEntry): void {
    const name = entry.path.slice(entry.path.lastIndexOf("/") + 1);
    const directory = entry.path.slice(0, entry.path.length - name.length);
    if (name === OPAQUE) this.#opaque.push(directory.slice(0, -1));
    else if (name.startsWith(`${WHITEOUT}${WHITEOUT}`)) return;
    else if (name.startsWith(WHITEOUT))
      this.#whiteouts.push(directory + name.slice(WHITEOUT.length));
    else if (entry.path !== "") {
      this.#entries.delete(entry.path);
      this.#entries.set(entry.path, listEntry(entry, this.#entries, this.#hasher));
    }
  }

  observe(chunk: Buffer): void {
    this.#hasher.push(chunk);
  }

  #forget(): void {
    this.#entries.clear();
    this.#whiteouts.length = 0;
    this.#opaque.length = 0;
    this.#hasher.forget();
  }
}

function listEntry(
  { kind, mode, size, isSparse, offset, target }: TarEntry,
  entries: ReadonlyMap<string, ListedEntry>,
  hasher: ContentHasher,
): ListedEntry {
  if (kind === "hardlink") {
    const content = entries.get(target)?.content;
    return { kind, mode, target, ...(content === undefined ? {} : { content }) };
  }
  if (kind !== "file") return { kind, mode };
  const content: Content = { bytes: size, hash: undefined };
  if (!isSparse && size > 0) hasher.expect(content, offset);
  return { kind, mode, content };
}

interface Expected {
  readonly content: Content;
  readonly hash: Hash;
  readonly start: number;
  readonly end: number;
}

/** Hashes the files of an archive while its bytes pass, whatever their size; told of each file before the bytes that follow its header are over. */
class ContentHasher {
  #position = 0;
  #expected: Expected[] = [];

  expect(content: Content, start: number): void {
    this.#expected.push({
      content,
      hash: createHash("sha256"),
      start,
      end: start + content.bytes,
    });
  }

  forget(): void {
    this.#expected = [];
  }

  push(chunk: Buffer): void {
    const from = this.#position;
    this.#position += chunk.length;
    this.#expected = this.#expected.filter(({ content, hash, start, end }) => {
      hash.update(chunk.subarray(Math.max(0, start - from), Math.max(0, end - from)));
      if (end > this.#position) return true;
      content.hash = hash.digest("base64").slice(0, 24);
      return false;
    });
  }
}
