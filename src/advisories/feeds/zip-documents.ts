import { type FileHandle, open } from "node:fs/promises";
import { crc32, inflateRawSync } from "node:zlib";
import { FeedError } from "../record.ts";

/** How a zip archive with files in it begins. */
export const ZIP_START = "504b0304";

const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const LOCATOR_SIZE = 20;
const END64_SIZE = 56;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const [DEFLATED, STORED] = [8, 0];
const MAX_DIRECTORY = 512 * 1024 * 1024;
const MAX_DOCUMENT = 64 * 1024 * 1024;
const LINE_END = Buffer.from("\n");

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * The JSON documents of a zip archive in their order, each on a line of its own: OSV publishes each ecosystem as an archive of hundreds of
 * thousands of small files. Only its list of files is held in memory. Throws for an archive that is cut off or damaged anywhere.
 */
export async function* readZipDocuments(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, "r");
  for (const entry of listEntries(await readDirectory(file))) {
    if (!entry.name.endsWith(".json")) continue;
    const content = await readEntry(file, entry);
    // A string of JSON holds no end of a line, so those there are stand between its words.
    for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at)) content[at] = 0x20;
    yield content;
    yield LINE_END;
  }
}

/** The archive's list of its files, which stands at its end. */
async function readDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const tailAt = Math.max(0, size - END_SIZE - LONGEST_COMMENT - LOCATOR_SIZE);
  const tail = await readAt(file, tailAt, size - tailAt);
  const end = tail.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  if (end < 0 || end + END_SIZE > tail.length) throw cutOff();
  let [bytes, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  const locator = end - LOCATOR_SIZE;
  // Large archives, and those with more than 65,535 files, say it in wider numbers elsewhere.
  if (locator >= 0 && tail.toString("latin1", locator, locator + 4) === "PK\u0006\u0007") {
    const end64 = await readAt(file, Number(tail.readBigUInt64LE(locator + 8)), END64_SIZE);
    bytes = Number(end64.readBigUInt64LE(40));
    start = Number(end64.readBigUInt64LE(48));
  }
  if (bytes > MAX_DIRECTORY) throw new FeedError("its list of files is larger than 512 MiB");
  return await readAt(file, start, bytes);
}

function* listEntries(directory: Buffer): Generator<Entry> {
  for (let at = 0; at < directory.length; ) {
    if (directory.toString("latin1", at, at + 4) !== "PK\u0001\u0002") throw cutOff();
    const nameSize = directory.readUInt16LE(at + 28);
    const extraSize = directory.readUInt16LE(at + 30);
    const extraAt = at + ENTRY_SIZE + nameSize;
    yield {
      name: directory.toString("utf8", at + ENTRY_SIZE, extraAt),
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
      ...readSizes(directory, at, directory.subarray(extraAt, extraAt + extraSize)),
    };
    at = extraAt + extraSize + directory.readUInt16LE(at + 32);
  }
}

/** Numbers that do not fit into 32 bits are all ones there, and stand in an extra field in this order. */
function readSizes(directory: Buffer, at: number, extra: Buffer) {
  const wide = findWide(extra);
  let next = 0;
  const read = (where: number) => {
    const said = directory.readUInt32LE(at + where);
    if (said !== 0xffff_ffff) return said;
    next += 8;
    return Number(wide.readBigUInt64LE(next - 8));
  };
  const size = read(24);
  const packedSize = read(20);
  return { size, packedSize, offset: read(42) };
}

function findWide(extra: Buffer): Buffer {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1)
      return extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  }
  return extra.subarray(0, 0);
}

async function readEntry(file: FileHandle, entry: Entry): Promise<Buffer> {
  const { name, method, packedSize, size, offset, checksum } = entry;
  if (Math.max(size, packedSize) > MAX_DOCUMENT)
    throw new FeedError(`${name} is larger than 64 MiB`);
  const local = await readAt(file, offset, LOCAL_SIZE);
  const start = offset + LOCAL_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = await readAt(file, start, packedSize);
  if (method !== STORED && method !== DEFLATED)
    throw new FeedError(`${name} is packed in a way that is not known`);
  // Not a byte more than it says, whatever it unpacks to.
  const content =
    method === STORED ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  if (content.length !== size || crc32(content) !== checksum)
    throw new FeedError(`${name} is not what the archive says: it is damaged`);
  return content;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  // Before memory is taken for it.
  if (position < 0 || position + length > size) throw cutOff();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw cutOff();
  return buffer;
}

function cutOff(): FeedError {
  return new FeedError("the archive has no whole list of its files: it is cut off");
}
