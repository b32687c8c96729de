import { createGunzip } from "node:zlib";
import { ByteQueue } from "./byte-queue.ts";
import { decompressThrough } from "./decompress-through.ts";
import type { LayerLimits } from "./layer-limits.ts";
import { LayerRefused } from "./layer-refused.ts";
import { decompressZstd, isZstd } from "./zstd-frames.ts";

/** Large pieces: fewer turns between the threads that decompress and the one that reads. */
const CHUNK = 256 * 1024;

/**
 * The bytes of a layer's plain archive, whatever it is compressed by; its first bytes say that, not its media type. Throws
 * LayerRefused as soon as it has grown beyond the limits, before anybody sees what is beyond them.
 */
export async function* plainArchive(
  source: AsyncIterable<Buffer>,
  limits: LayerLimits,
): AsyncGenerator<Buffer, void, undefined> {
  let compressed = 0;
  async function* counted(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source) {
      compressed += chunk.length;
      yield chunk;
    }
  }
  const bytes = new ByteQueue(counted());
  let plain = 0;
  try {
    await bytes.fill(4);
    for await (const chunk of decompress(bytes, limits)) {
      plain += chunk.length;
      if (plain > limits.bytes) throw new LayerRefused("TOO_MANY_BYTES");
      if (plain > limits.freeBytes && plain > compressed * limits.ratio) {
        throw new LayerRefused("RATIO_TOO_HIGH");
      }
      yield chunk;
    }
  } finally {
    await bytes.close();
  }
}

function decompress(bytes: ByteQueue, limits: LayerLimits): AsyncIterable<Buffer> {
  const start = bytes.peek(4);
  if (start[0] === 0x1f && start[1] === 0x8b) {
    return decompressThrough(bytes.rest(), createGunzip({ chunkSize: CHUNK }));
  }
  if (start.length === 4 && isZstd(start.readUInt32LE(0))) return decompressZstd(bytes, limits);
  const text = start.toString("latin1");
  if (text.startsWith("BZh") || text === "\u00fd7zX") throw new LayerRefused("UNKNOWN_COMPRESSION");
  return bytes.rest();
}
