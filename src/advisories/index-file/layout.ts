import { z } from "zod";

/** Sixteen bytes at the beginning of an index. */
export const MAGIC = Buffer.from("berth-advisories", "latin1");
/** Goes up with every change that older programs cannot read. */
export const FORMAT_VERSION = 1;
/** Magic, version (4), place of the header (8), its length (4), its SHA-256 (32). */
export const PROLOGUE_BYTES = 64;

/** Uncompressed bytes of a block. Blocks of packages are read one for each package of an image, and stay as they are; details are deflated. */
export const BLOCK_BYTES = { affected: 8 * 1024, detail: 32 * 1024 } as const;

export type Table = keyof typeof BLOCK_BYTES;

const block = z.tuple([z.string(), z.number(), z.number(), z.number()]);

/** First key, place, length, CRC-32. */
export type Block = z.output<typeof block>;

const sourceFacts = z.object({
  id: z.string(),
  format: z.string(),
  title: z.string(),
  lists: z.enum(["fixed-only", "open-too"]),
  /** The day of its newest content. */
  date: z.string().optional(),
  importedAt: z.string(),
  /** What it was read from last. */
  feed: z.string(),
  sha256: z.string(),
  records: z.number(),
});

/** What is known of a feed that is in the index. */
export type SourceFacts = z.output<typeof sourceFacts>;

const ecosystemCoverage = z.object({
  ecosystem: z.string(),
  packages: z.number(),
  entries: z.number(),
  /** Places in the list of sources. */
  sources: z.array(z.number()),
});

export type EcosystemCoverage = z.output<typeof ecosystemCoverage>;

export const indexHeader = z.object({
  made: z.string(),
  sources: z.array(sourceFacts),
  coverage: z.array(ecosystemCoverage),
  details: z.number(),
  tables: z.object({ affected: z.array(block), detail: z.array(block) }),
});

export type IndexHeader = z.output<typeof indexHeader>;

/** The file is none of ours, was cut off or changed, or was made by another version. */
export class IndexDamaged extends Error {
  override readonly name = "IndexDamaged";
}

export function affectedKey(ecosystem: string, name: string): string {
  return `${ecosystem}\u0000${name}`;
}

/** Which ecosystem a key of packages belongs to, and the package's name. */
export function splitKey(key: string): readonly [ecosystem: string, name: string] {
  const at = key.indexOf("\u0000");
  return [key.slice(0, at), key.slice(at + 1)];
}
