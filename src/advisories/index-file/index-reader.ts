import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32, inflateRawSync } from "node:zlib";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import { formatLine } from "./index-writer.ts";
import {
  affectedKey,
  BLOCK_BYTES,
  type Block,
  FORMAT_VERSION,
  IndexDamaged,
  type IndexHeader,
  indexHeader,
  MAGIC,
  PROLOGUE_BYTES,
  splitKey,
  type Table,
} from "./layout.ts";
import {
  type AffectedEntry,
  mergeDetails,
  type StoredAffected,
  type StoredDetail,
  unpackAffected,
  type VulnerabilityDetails,
} from "./stored.ts";

const MAX_HEADER_BYTES = 64 * 1024 * 1024;
const MAX_BLOCK_BYTES = 256 * 1024 * 1024;
const CACHED_CHARACTERS = 8 * 1024 * 1024;
const NOTHING: readonly AffectedEntry[] = [];

interface KeptRecord {
  readonly advisory: string;
  /** Place in the list of sources. */
  readonly source: number;
}

/**
 * An index of advisories on disk. Only its header is in memory, with what was asked lately; a question reads one block. Whoever replaces the
 * file renames another over it, so that this one stays what it was.
 */
export class AdvisoryIndex implements Disposable {
  readonly header: IndexHeader;
  /** Differs between any two indexes. */
  readonly revision: string;
  readonly bytes: number;
  readonly #fd: number;
  readonly #affected = new BoundedCache<readonly AffectedEntry[]>(CACHED_CHARACTERS);
  readonly #details = new BoundedCache<VulnerabilityDetails>(CACHED_CHARACTERS);
  readonly #blocks = new BoundedCache<Buffer>(64 * BLOCK_BYTES.detail);

  constructor(fd: number, opened: { header: IndexHeader; revision: string; bytes: number }) {
    this.#fd = fd;
    this.header = opened.header;
    this.revision = opened.revision;
    this.bytes = opened.bytes;
  }

  /** What every source says about a package; nothing where none knows it. */
  listAffected(ecosystem: string, name: string): readonly AffectedEntry[] {
    const key = affectedKey(ecosystem, name);
    const cached = this.#affected.get(key);
    if (cached !== undefined) return cached;
    const json = this.#find("affected", key);
    const found = json === undefined ? NOTHING : this.#unpack(json);
    const weight = 100 + key.length + (json?.length ?? 0);
    this.#affected.fill(key, { value: found, weight, version: this.#affected.version });
    return found;
  }

  findDetails(id: string): VulnerabilityDetails {
    const cached = this.#details.get(id);
    if (cached !== undefined) return cached;
    const json = this.#find("detail", id);
    const found = json === undefined ? {} : mergeDetails(JSON.parse(json) as StoredDetail[]);
    const weight = 100 + (json?.length ?? 0);
    this.#details.fill(id, { value: found, weight, version: this.#details.version });
    return found;
  }

  /** Every package that it knows, in order, with the text of what it says: two indexes are compared by it. */
  *listPackages(): Generator<{ ecosystem: string; name: string; json: string }> {
    for (const { key, json } of this.#entries("affected")) {
      const [ecosystem, name] = splitKey(key);
      yield { ecosystem, name, json };
    }
  }

  /** Its content as `writeIndex` takes it, without what the caller leaves out. */
  *lines(keep: (stored: KeptRecord) => boolean): Generator<string> {
    yield* this.#lines("affected", keep);
    yield* this.#lines("detail", keep);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #unpack(json: string): readonly AffectedEntry[] {
    const stored = JSON.parse(json) as StoredAffected[];
    return stored.map((one) => unpackAffected(one, this.header.sources[one.s]?.id ?? "unknown"));
  }

  *#lines(table: Table, keep: (stored: KeptRecord) => boolean): Generator<string> {
    for (const { key, json } of this.#entries(table)) {
      for (const stored of JSON.parse(json) as (StoredAffected | StoredDetail)[]) {
        const { id, advisory } = identify(stored, key);
        if (keep({ advisory, source: stored.s }))
          yield formatLine(table, key, { id, source: stored.s, json: JSON.stringify(stored) });
      }
    }
  }

  *#entries(table: Table): Generator<{ key: string; json: string }> {
    for (const block of this.header.tables[table]) {
      for (const line of this.#read(table, block).toString("utf8").split("\n")) {
        const at = line.indexOf("\t");
        if (at > 0) yield { key: line.slice(0, at), json: line.slice(at + 1) };
      }
    }
  }

  #find(table: Table, key: string): string | undefined {
    const block = findBlock(this.header.tables[table], key);
    if (block === undefined) return undefined;
    const bytes = table === "detail" ? this.#readCached(block) : this.#read(table, block);
    const start = bytes.indexOf(`\n${key}\t`);
    if (start < 0) return undefined;
    const from = start + Buffer.byteLength(key) + 2;
    return bytes.toString("utf8", from, bytes.indexOf("\n", from));
  }

  #readCached(block: Block): Buffer {
    const place = String(block[1]);
    const known = this.#blocks.get(place);
    if (known !== undefined) return known;
    const bytes = this.#read("detail", block);
    const version = this.#blocks.version;
    this.#blocks.fill(place, { value: bytes, weight: bytes.length, version });
    return bytes;
  }

  #read(table: Table, [firstKey, at, length, checksum]: Block): Buffer {
    const bytes = readExactly(this.#fd, at, length);
    if (crc32(bytes) !== checksum)
      throw new IndexDamaged(
        `the index of advisories is damaged near ${splitKey(firstKey).join(" ")}`,
      );
    if (table === "affected") return bytes;
    return inflateRawSync(bytes, { maxOutputLength: MAX_BLOCK_BYTES });
  }
}

/** Details lie under their id. */
function identify(
  stored: StoredAffected | StoredDetail,
  key: string,
): { readonly id: string; readonly advisory: string } {
  if (!("i" in stored)) return { id: key, advisory: key };
  return { id: stored.i, advisory: stored.a ?? stored.i };
}

/** Throws IndexDamaged for what is no whole index of this version. */
export function openIndex(path: string): AdvisoryIndex {
  const fd = openSync(path, "r");
  try {
    const bytes = fstatSync(fd).size;
    const prologue = readExactly(fd, 0, PROLOGUE_BYTES);
    if (!prologue.subarray(0, MAGIC.length).equals(MAGIC))
      throw new IndexDamaged(`${path} is no index of advisories, or was not written to its end`);
    const version = prologue.readUInt32LE(16);
    if (version !== FORMAT_VERSION)
      throw new IndexDamaged(
        `the index of advisories has the format ${version} and this program reads ${FORMAT_VERSION}: import the feeds again`,
      );
    const length = prologue.readUInt32LE(28);
    const at = Number(prologue.readBigUInt64LE(20));
    if (length > MAX_HEADER_BYTES || at + length !== bytes)
      throw new IndexDamaged("the index of advisories was cut off or added to");
    const json = readExactly(fd, at, length);
    const digest = createHash("sha256").update(json).digest();
    if (!digest.equals(prologue.subarray(32)))
      throw new IndexDamaged("the header of the index of advisories is damaged");
    const header = indexHeader.parse(JSON.parse(json.toString("utf8")));
    return new AdvisoryIndex(fd, { header, revision: digest.toString("hex").slice(0, 32), bytes });
  } catch (cause) {
    closeSync(fd);
    throw cause;
  }
}

/** The last block whose first key is not after the key. */
function findBlock(blocks: readonly Block[], key: string): Block | undefined {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = blocks[middle]?.[0] ?? "";
    if (first <= key) low = middle + 1;
    else high = middle;
  }
  return blocks[low - 1];
}

function readExactly(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = readSync(fd, bytes, done, length - done, at + done);
    if (count === 0) throw new IndexDamaged("the index of advisories ends too early");
    done += count;
  }
  return bytes;
}
