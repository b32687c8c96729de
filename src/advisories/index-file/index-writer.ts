import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import {
  BLOCK_BYTES,
  type Block,
  type EcosystemCoverage,
  FORMAT_VERSION,
  type IndexHeader,
  MAGIC,
  PROLOGUE_BYTES,
  type SourceFacts,
  splitKey,
  type Table,
} from "./layout.ts";

const LINES_AT_ONCE = 5_000;

/**
 * Writes an index from sorted lines "table key TAB id TAB source TAB json" and syncs it. A process that dies here leaves a file without its
 * first bytes, which nobody takes for an index.
 */
export async function writeIndex(
  path: string,
  lines: Iterable<string>,
  facts: { readonly made: string; readonly sources: readonly SourceFacts[] },
): Promise<void> {
  const fd = openSync(path, "w", 0o600);
  try {
    const writer = new BlockWriter(fd);
    const coverage = new CoverageCount();
    let done = 0;
    for (const group of groupLines(lines)) {
      writer.add(group.table, group.key, group.values);
      coverage.add(group);
      done += group.values.length;
      // A hub that imports goes on serving.
      if (done > LINES_AT_ONCE) {
        await new Promise((resolve) => setImmediate(resolve));
        done = 0;
      }
    }
    const { made } = facts;
    const sources = facts.sources.map((source, at) => ({ ...source, records: coverage.of(at) }));
    finish(fd, writer, {
      made,
      sources,
      coverage: coverage.ecosystems(),
      details: coverage.details,
    });
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

interface Group {
  readonly table: Table;
  readonly key: string;
  readonly values: string[];
  readonly sources: number[];
}

/** The form of the lines that `writeIndex` takes. */
export function formatLine(
  table: Table,
  key: string,
  { id, source, json }: { readonly id: string; readonly source: number; readonly json: string },
): string {
  return `${table}\u0000${key}\t${id}\t${source}\t${json}`;
}

function* groupLines(lines: Iterable<string>): Generator<Group> {
  let group: Group | undefined;
  let prefix = "";
  for (const line of lines) {
    const keyEnd = line.indexOf("\t");
    const idEnd = line.indexOf("\t", keyEnd + 1);
    const sourceEnd = line.indexOf("\t", idEnd + 1);
    if (group === undefined || line.slice(0, keyEnd) !== prefix) {
      if (group !== undefined) yield group;
      prefix = line.slice(0, keyEnd);
      const at = prefix.indexOf("\u0000");
      const table: Table = prefix.slice(0, at) === "affected" ? "affected" : "detail";
      group = { table, key: prefix.slice(at + 1), values: [], sources: [] };
    }
    group.values.push(line.slice(sourceEnd + 1));
    group.sources.push(Number(line.slice(idEnd + 1, sourceEnd)));
  }
  if (group !== undefined) yield group;
}

class BlockWriter {
  readonly #fd: number;
  readonly tables: Record<Table, Block[]> = { affected: [], detail: [] };
  at = PROLOGUE_BYTES;
  #table: Table = "affected";
  #firstKey = "";
  #text = "";

  constructor(fd: number) {
    this.#fd = fd;
  }

  add(table: Table, key: string, values: readonly string[]): void {
    if (table !== this.#table) this.flush();
    this.#table = table;
    if (this.#text === "") this.#firstKey = key;
    this.#text += `\n${key}\t[${values.join(",")}]`;
    if (this.#text.length >= BLOCK_BYTES[table]) this.flush();
  }

  flush(): void {
    if (this.#text === "") return;
    const text = Buffer.from(`${this.#text}\n`, "utf8");
    const bytes = this.#table === "detail" ? deflateRawSync(text) : text;
    this.tables[this.#table].push([this.#firstKey, this.at, bytes.length, crc32(bytes)]);
    this.write(bytes, this.at);
    this.at += bytes.length;
    this.#text = "";
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
  }
}

class CoverageCount {
  readonly #ecosystems = new Map<string, EcosystemCoverage & { sources: number[] }>();
  readonly #records = new Map<number, number>();
  details = 0;

  add({ table, key, sources }: Group): void {
    for (const source of sources) this.#records.set(source, this.of(source) + 1);
    if (table === "detail") {
      this.details += 1;
      return;
    }
    const [ecosystem] = splitKey(key);
    const known = this.#ecosystems.get(ecosystem);
    const seen = known ?? { ecosystem, packages: 0, entries: 0, sources: [] };
    for (const source of sources) if (!seen.sources.includes(source)) seen.sources.push(source);
    seen.packages += 1;
    seen.entries += sources.length;
    if (known === undefined) this.#ecosystems.set(ecosystem, seen);
  }

  of(source: number): number {
    return this.#records.get(source) ?? 0;
  }

  ecosystems(): EcosystemCoverage[] {
    return [...this.#ecosystems.values()];
  }
}

function finish(fd: number, writer: BlockWriter, header: Omit<IndexHeader, "tables">): void {
  writer.flush();
  const whole: IndexHeader = { ...header, tables: writer.tables };
  const bytes = Buffer.from(JSON.stringify(whole), "utf8");
  writer.write(bytes, writer.at);
  const prologue = Buffer.alloc(PROLOGUE_BYTES);
  MAGIC.copy(prologue);
  prologue.writeUInt32LE(FORMAT_VERSION, 16);
  prologue.writeBigUInt64LE(BigInt(writer.at), 20);
  prologue.writeUInt32LE(bytes.length, 28);
  createHash("sha256").update(bytes).digest().copy(prologue, 32);
  // The blocks first: with its first bytes the file becomes an index.
  fsyncSync(fd);
  writer.write(prologue, 0);
}
