import { inflateRawSync } from "node:zlib";

/** One file of an archive, by its entry in the central directory. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Of the local header, before the content. */
  readonly offset: number;
}

export const ZIP_MAGIC = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
const END = 0x06054b50;
const END_SIZE = 22;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_SIZE = 20;
const CENTRAL = 0x02014b50;
const CENTRAL_SIZE = 46;
const LOCAL = 0x04034b50;
const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
const MOST_ENTRIES = 200_000;
const LONGEST_NAME = 4096;
const STORED = 0;
const DEFLATED = 8;

/** Lists an archive by its central directory alone; no content is read. Throws where it is cut off or claims the impossible. */
export function listZip(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive);
  const { start, count, shift } = locateDirectory(archive, end);
  if (count > MOST_ENTRIES) throw new Error(`the archive has more than ${MOST_ENTRIES} entries`);
  const entries: ZipEntry[] = [];
  for (let at = start; entries.length < count; ) {
    if (at + CENTRAL_SIZE > archive.length || archive.readUInt32LE(at) !== CENTRAL) {
      throw new Error("the archive's list of files is cut off");
    }
    const nameSize = archive.readUInt16LE(at + 28);
    const extraSize = archive.readUInt16LE(at + 30);
    const commentSize = archive.readUInt16LE(at + 32);
    if (nameSize <= LONGEST_NAME) entries.push(readEntry(archive, at, { nameSize, shift }));
    else throw new Error("the archive has a name that is too long");
    at += CENTRAL_SIZE + nameSize + extraSize + commentSize;
  }
  return entries;
}

function readEntry(
  archive: Buffer,
  at: number,
  { nameSize, shift }: { nameSize: number; shift: number },
): ZipEntry {
  return {
    name: archive.toString("utf8", at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameSize),
    method: archive.readUInt16LE(at + 10),
    compressedSize: archive.readUInt32LE(at + 20),
    size: archive.readUInt32LE(at + 24),
    offset: archive.readUInt32LE(at + 42) + shift,
  };
}

function findEnd(archive: Buffer): number {
  const earliest = Math.max(0, archive.length - END_SIZE - LONGEST_COMMENT);
  for (let at = archive.length - END_SIZE; at >= earliest; at -= 1) {
    if (archive[at] === 0x50 && archive.readUInt32LE(at) === END) return at;
  }
  throw new Error("the archive has no list of its files; it is cut off, or no archive");
}

interface Directory {
  readonly start: number;
  readonly count: number;
  /** What has to be added to offsets. */
  readonly shift: number;
}

/**
 * Programs that unpack themselves have a script before the archive, and often offsets that do not know of it: the directory ends where
 * the end record begins, whatever it says.
 */
function locateDirectory(archive: Buffer, end: number): Directory {
  const locator = end - LOCATOR64_SIZE;
  if (locator >= 0 && archive.readUInt32LE(locator) === LOCATOR64) {
    const end64 = Number(archive.readBigUInt64LE(locator + 8));
    if (end64 + 56 <= archive.length && archive.readUInt32LE(end64) === END64) {
      return {
        start: Number(archive.readBigUInt64LE(end64 + 48)),
        count: Number(archive.readBigUInt64LE(end64 + 32)),
        shift: 0,
      };
    }
  }
  const start = Math.max(0, end - archive.readUInt32LE(end + 12));
  return {
    start,
    count: archive.readUInt16LE(end + 10),
    shift: start - archive.readUInt32LE(end + 16),
  };
}

/** The content of one file, at most `limit` bytes of it; throws where there is more. */
export function readZipEntry(archive: Buffer, entry: ZipEntry, limit: number): Buffer {
  if (entry.size > limit) {
    throw new Error(`${JSON.stringify(entry.name)} in the archive is larger than ${limit} bytes`);
  }
  const start = contentStart(archive, entry);
  const content = archive.subarray(start, start + entry.compressedSize);
  if (entry.method === STORED) return content;
  if (entry.method !== DEFLATED) {
    throw new Error(`${JSON.stringify(entry.name)} is packed in a way that Java cannot read`);
  }
  return inflateRawSync(content, { maxOutputLength: Math.max(1, limit) });
}

function contentStart(archive: Buffer, { offset, name }: ZipEntry): number {
  if (
    offset < 0 ||
    offset + LOCAL_SIZE > archive.length ||
    archive.readUInt32LE(offset) !== LOCAL
  ) {
    throw new Error(`${JSON.stringify(name)} is not where the archive says`);
  }
  const nameSize = archive.readUInt16LE(offset + 26);
  return offset + LOCAL_SIZE + nameSize + archive.readUInt16LE(offset + 28);
}
