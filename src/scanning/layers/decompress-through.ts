import { pipeline, Readable, type Transform } from "node:stream";
import { LayerRefused } from "./layer-refused.ts";

/** Sends bytes through one of Node's decompressors. What it cannot read is corrupt; a failure of the source stays what it is. */
export async function* decompressThrough(
  source: AsyncIterable<Buffer>,
  decompress: Transform,
): AsyncGenerator<Buffer, void, undefined> {
  let failure: Error | undefined;
  const input = Readable.from(source, { objectMode: false });
  input.once("error", (cause) => {
    failure = cause;
  });
  // Errors of either end in the loop below, which reads from the last of the two.
  pipeline(input, decompress, () => undefined);
  try {
    for await (const chunk of decompress) yield chunk as Buffer;
  } catch (cause) {
    throw failure ?? new LayerRefused("CORRUPT", "it cannot be decompressed", { cause });
  }
}
