import { normaliseEntryPath } from "./entry-path.ts";
import type { LayerLimits } from "./layer-limits.ts";
import { LayerRefused } from "./layer-refused.ts";
import { type PaxRecords, parsePaxRecords } from "./pax-records.ts";
import {
  expandSparse,
  hasGnuExtension,
  parseGnuSparse,
  parsePaxSparse,
  type SparseFile,
} from "./sparse-file.ts";
import { BLOCK, isZeroBlock, parseTarHeader, type TarHeader } from "./tar-header.ts";

export interface TarEntry {
  readonly path: string;
  readonly kind: "file" | "directory" | "hardlink" | "symlink" | "other";
  /** Of a file, with its holes. */
  readonly size: number;
  readonly mode: number;
  /** Of a hard link: the path of the file it is another name of. Of a symbolic link: what it says, whatever that is. */
  readonly target: string;
  /** The archive leaves out its holes, so that its first bytes are not known before all of it is. */
  readonly isSparse: boolean;
  /** Where in the archive the stored content begins. */
  readonly offset: number;
}

/** Asks for the content of an entry. */
export interface Wanted {
  /** Says by the first bytes whether the rest is wanted. */
  accepts?(first: Buffer): boolean;
  /** Called once with all of it; the buffer is only good during the call. */
  take(content: Buffer): void;
}

type ArchiveLimits = Pick<LayerLimits, "entries" | "pathBytes" | "pathDepth" | "headerBytes">;

/** What was said ahead of the header that it is about. */
interface Foretold {
  records?: PaxRecords;
  name?: string;
  linkName?: string;
}

const NO_RECORDS: PaxRecords = new Map();
const MAGIC_BYTES = 16;
/** Links, devices and directories: a size in their header is not followed by content. */
const WITHOUT_CONTENT = /[1-6]/;

/**
 * Walks through a tar archive (ustar, pax, GNU) as its bytes come, and gathers only the content that is asked for. Reads
 * headers as Go's archive/tar does, with which engines unpack: what they would see is what is reported.
 */
export class TarWalker {
  readonly #visit: (entry: TarEntry) => Wanted | undefined;
  readonly #limits: ArchiveLimits;
  #position = 0;
  #entries = 0;
  #foretold: Foretold = {};
  #hasEnded = false;
  /** What comes next: so many bytes, gathered unless they are skipped, and what is done with them. */
  #remaining = 0;
  #pieces: Buffer[] | undefined;
  #accepts: ((first: Buffer) => boolean) | undefined;
  #then: (content: Buffer) => void = () => undefined;

  constructor(visit: (entry: TarEntry) => Wanted | undefined, limits: ArchiveLimits) {
    this.#visit = visit;
    this.#limits = limits;
    this.#gather(BLOCK, (block) => this.#readHeader(block));
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#hasEnded) {
      const taken = Math.min(chunk.length - at, this.#remaining);
      if (this.#pieces !== undefined) this.#keep(chunk.subarray(at, at + taken), this.#pieces);
      at += taken;
      this.#advance(taken);
    }
  }

  /** Bytes that a reader that can seek need not read; `jump` says that it did not. */
  get skippable(): number {
    return this.#pieces === undefined && !this.#hasEnded ? this.#remaining : 0;
  }

  jump(): void {
    this.#advance(this.skippable);
  }

  /** The end mark was seen; what follows is not part of the archive. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Says that there are no more bytes; throws if an entry is not whole. */
  finish(): void {
    const isBetweenEntries = this.#remaining === BLOCK && this.#pieces?.length === 0;
    if (!this.#hasEnded && !isBetweenEntries) {
      throw new LayerRefused("CORRUPT", "it ends in the middle of a file");
    }
  }

  #keep(piece: Buffer, pieces: Buffer[]): void {
    pieces.push(piece);
    const accepts = this.#accepts;
    if (accepts === undefined) return;
    // However small the pieces are that it comes in: what is not wanted must not pile up.
    const first = joinPieces(pieces);
    if (first.length < MAGIC_BYTES) return;
    this.#accepts = undefined;
    if (!accepts(first)) this.#pieces = undefined;
  }

  #advance(bytes: number): void {
    this.#position += bytes;
    this.#remaining -= bytes;
    while (this.#remaining === 0 && !this.#hasEnded) this.#settle();
  }

  /** A section is whole. Whatever is done with it begins the next one. */
  #settle(): void {
    const pieces = this.#pieces;
    const accepts = this.#accepts;
    const take = this.#then;
    const content = pieces === undefined ? undefined : joinPieces(pieces);
    this.#gather(BLOCK, (block) => this.#readHeader(block));
    if (content !== undefined && accepts?.(content) !== false) take(content);
  }

  #gather(size: number, then: (content: Buffer) => void): void {
    this.#remaining = Math.ceil(size / BLOCK) * BLOCK;
    this.#pieces = [];
    this.#accepts = undefined;
    this.#then = (content) => then(content.subarray(0, size));
  }

  #skip(size: number): void {
    this.#remaining = Math.ceil(size / BLOCK) * BLOCK;
    this.#pieces = undefined;
    this.#accepts = undefined;
    this.#then = () => undefined;
  }

  #readHeader(block: Buffer): void {
    if (isZeroBlock(block)) {
      this.#hasEnded = true;
      return;
    }
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) throw new LayerRefused("TOO_MANY_ENTRIES");
    const header = parseTarHeader(block);
    switch (header.type) {
      case "x":
        this.#gatherHeader(
          header,
          (content) => (this.#foretold.records = parsePaxRecords(content)),
        );
        break;
      case "L":
        this.#gatherHeader(header, (content) => (this.#foretold.name = untilNul(content)));
        break;
      case "K":
        this.#gatherHeader(header, (content) => (this.#foretold.linkName = untilNul(content)));
        break;
      case "g":
        // Comments of `git archive`; engines do not apply it either.
        this.#skip(header.size);
        break;
      case "S":
        this.#readSparse(header, [Buffer.from(block)]);
        break;
      default:
        this.#readEntry(header, undefined);
    }
  }

  #gatherHeader(header: TarHeader, then: (content: Buffer) => void): void {
    if (header.size > this.#limits.headerBytes) throw new LayerRefused("HEADER_TOO_LARGE");
    this.#gather(header.size, then);
  }

  #readSparse(header: TarHeader, blocks: Buffer[]): void {
    const last = blocks.at(-1);
    if (last === undefined || !hasGnuExtension(last, blocks.length === 1)) {
      this.#readEntry(header, parseGnuSparse(blocks));
      return;
    }
    if (blocks.length * BLOCK > this.#limits.headerBytes)
      throw new LayerRefused("HEADER_TOO_LARGE");
    this.#gather(BLOCK, (block) => this.#readSparse(header, [...blocks, Buffer.from(block)]));
  }

  #readEntry(header: TarHeader, gnuSparse: SparseFile | undefined): void {
    const foretold = this.#foretold;
    const records = foretold.records ?? NO_RECORDS;
    this.#foretold = {};
    const name =
      foretold.name ?? records.get("GNU.sparse.name") ?? records.get("path") ?? header.name;
    const kind = kindOf(header.type, name);
    const stored = WITHOUT_CONTENT.test(header.type) ? 0 : sizeOf(header, records);
    const sparse = kind === "file" ? (gnuSparse ?? parsePaxSparse(records)) : undefined;
    this.#checkSparse(sparse, stored);
    const target = foretold.linkName ?? records.get("linkpath") ?? header.linkName;
    const entry: TarEntry = {
      path: normaliseEntryPath(name, this.#limits),
      kind,
      size: kind === "file" ? (sparse?.size ?? stored) : 0,
      mode: header.mode,
      isSparse: sparse !== undefined,
      target: kind === "hardlink" ? normaliseEntryPath(target, this.#limits) : target,
      offset: this.#position,
    };
    const wanted = this.#visit(entry);
    if (wanted === undefined || kind !== "file") this.#skip(stored);
    else this.#gatherContent(stored, { wanted, sparse });
  }

  /** Whoever asks for a file goes by its size; what is gathered for it must not be more than the list of its holes explains. */
  #checkSparse(sparse: SparseFile | undefined, stored: number): void {
    if (sparse !== undefined && stored > sparse.size + this.#limits.headerBytes) {
      throw new LayerRefused("CORRUPT", "a sparse file stores more than it holds");
    }
  }

  #gatherContent(
    stored: number,
    { wanted, sparse }: { wanted: Wanted; sparse: SparseFile | undefined },
  ): void {
    const expand = (content: Buffer) =>
      sparse === undefined ? content : expandSparse(sparse, content);
    this.#gather(stored, (content) => wanted.take(expand(content)));
    if (sparse === undefined) this.#accepts = wanted.accepts?.bind(wanted);
  }
}

function joinPieces(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
}

function sizeOf(header: TarHeader, records: PaxRecords): number {
  const size = records.get("size");
  if (size === undefined) return header.size;
  if (!/^\d{1,15}$/.test(size)) throw new LayerRefused("CORRUPT", "a pax header holds no size");
  return Number(size);
}

function kindOf(type: string, name: string): TarEntry["kind"] {
  if (type === "1") return "hardlink";
  if (type === "2") return "symlink";
  if (type === "5") return "directory";
  const isFile = type === "0" || type === "\u0000" || type === "7" || type === "S";
  if (!isFile) return "other";
  // Archives older than POSIX have no type for directories.
  return type === "\u0000" && name.endsWith("/") ? "directory" : "file";
}

function untilNul(content: Buffer): string {
  const end = content.indexOf(0);
  return content.toString("utf8", 0, end === -1 ? content.length : end);
}
