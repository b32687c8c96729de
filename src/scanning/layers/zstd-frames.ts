import { constants, createZstdDecompress, zstdDecompressSync } from "node:zlib";
import type { ByteQueue } from "./byte-queue.ts";
import { decompressThrough } from "./decompress-through.ts";
import { LayerRefused } from "./layer-refused.ts";

const FRAME = 0xfd2fb528;
/** The longest that a frame's header gets (RFC 8878, 3.1.1.1). */
const FRAME_HEADER = 18;
/** Frames that are no larger are decompressed at once, for which no stream has to be made. */
const SMALL_FRAME = 256 * 1024;
const SMALL_CONTENT = 8 * 1024 * 1024;

type Chunks = AsyncGenerator<Buffer, void, undefined>;

export function isZstd(magic: number): boolean {
  return magic === FRAME || isSkippable(magic);
}

/**
 * Decompresses all frames of a zstd stream (RFC 8878). Node's own decompressor stops after the first and says nothing, while
 * layers of podman's `zstd:chunked` have one for each file; so frames are told apart here, and each is asked how much memory
 * it wants before it is begun.
 */
export async function* decompressZstd(
  bytes: ByteQueue,
  limits: { readonly windowBytes: number },
): Chunks {
  while (await bytes.fill(1)) {
    if (!(await bytes.fill(8))) throw cutShort();
    const start = bytes.peek(8);
    const magic = start.readUInt32LE(0);
    if (isSkippable(magic)) await skip(bytes, 8 + start.readUInt32LE(4));
    else if (magic === FRAME) yield* decompressFrame(bytes, limits);
    else throw new LayerRefused("CORRUPT", "something follows its last frame");
  }
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

async function skip(bytes: ByteQueue, count: number): Promise<void> {
  let skipped = 0;
  for await (const piece of bytes.take(count)) skipped += piece.length;
  if (skipped < count) throw cutShort();
}

async function* decompressFrame(
  bytes: ByteQueue,
  limits: { readonly windowBytes: number },
): Chunks {
  const header = await readFrameHeader(bytes);
  if (header.windowBytes > limits.windowBytes) throw new LayerRefused("WINDOW_TOO_LARGE");
  const frame = piecesOfFrame(bytes, header);
  const first: Buffer[] = [];
  let size = 0;
  while (size <= SMALL_FRAME) {
    const { done, value } = await frame.next();
    if (done === true) {
      const content = decompressSmall(Buffer.concat(first));
      if (content !== undefined) {
        yield content;
        return;
      }
      break;
    }
    first.push(value);
    size += value.length;
  }
  const windowLog = Math.max(10, Math.ceil(Math.log2(limits.windowBytes)));
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog };
  yield* decompressThrough(
    chain(first, frame),
    createZstdDecompress({ chunkSize: SMALL_FRAME, params }),
  );
}

async function* chain(first: readonly Buffer[], rest: Chunks): Chunks {
  yield* first;
  yield* rest;
}

/** Undefined when it holds more than is taken at once. */
function decompressSmall(frame: Buffer): Buffer | undefined {
  try {
    return zstdDecompressSync(frame, { maxOutputLength: SMALL_CONTENT });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw new LayerRefused("CORRUPT", "it cannot be decompressed", { cause });
  }
}

interface FrameHeader {
  readonly length: number;
  readonly windowBytes: number;
  readonly hasChecksum: boolean;
}

async function readFrameHeader(bytes: ByteQueue): Promise<FrameHeader> {
  await bytes.fill(FRAME_HEADER);
  const start = bytes.peek(FRAME_HEADER);
  const descriptor = start[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeAt = 5 + Number(!isSingleSegment) + dictionaryBytes;
  const length = sizeAt + sizeBytes;
  if (start.length < length) throw cutShort();
  const windowBytes = isSingleSegment
    ? contentSize(start.subarray(sizeAt, length))
    : windowSize(start[5] ?? 0);
  return { length, windowBytes, hasChecksum: (descriptor & 4) !== 0 };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(field: Buffer): number {
  let size = 0;
  for (let at = field.length - 1; at >= 0; at -= 1) size = size * 256 + (field[at] ?? 0);
  return size + (field.length === 2 ? 256 : 0);
}

/** The header, the blocks up to the one that says it is the last, and the checksum. */
async function* piecesOfFrame(bytes: ByteQueue, header: FrameHeader): Chunks {
  yield* bytes.take(header.length);
  for (let isLast = false; !isLast; ) {
    if (!(await bytes.fill(3))) throw cutShort();
    const block = bytes.peek(3).readUIntLE(0, 3);
    isLast = (block & 1) === 1;
    const isRepeatedByte = ((block >> 1) & 3) === 1;
    yield* bytes.take(3 + (isRepeatedByte ? 1 : block >> 3));
  }
  if (header.hasChecksum) yield* bytes.take(4);
}

function cutShort(): LayerRefused {
  return new LayerRefused("CORRUPT", "its compressed bytes end too early");
}
