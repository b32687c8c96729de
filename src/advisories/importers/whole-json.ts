import { FeedError } from "../record.ts";

const MAX_BYTES = 64 * 1024 * 1024;

/** A small document as a whole. */
export async function readWholeJson(chunks: AsyncIterable<Uint8Array>): Promise<unknown> {
  return JSON.parse(await readAll(chunks));
}

/** A small text as a whole. Half of it would often be as sound as all of it, so it has to end where a line does. */
export async function readWholeText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const text = await readAll(chunks);
  if (!text.endsWith("\n")) throw new FeedError("it ends within a line: it looks cut off");
  return text;
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new FeedError("it is larger than 64 MiB");
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
}
