import type { Readable, Writable } from "node:stream";
import { Message } from "./wire-message.ts";

const HEAD = 5;
/** What BuildKit sends in one piece stays far below. */
const LARGEST = 32 * 1024 * 1024;

/** The messages of a call, as they arrive. Throws RangeError for what is no gRPC. */
export async function* readMessages(stream: Readable): AsyncGenerator<Message> {
  let rest: Buffer = Buffer.alloc(0);
  // Whoever has read enough answers on the same stream.
  const pieces: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false });
  for await (const piece of pieces) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = endOfFirst(rest); end !== undefined; end = endOfFirst(rest)) {
      yield new Message(rest.subarray(HEAD, end));
      rest = rest.subarray(end);
    }
  }
}

/** Undefined while the rest of it is to come. */
function endOfFirst(bytes: Buffer): number | undefined {
  if (bytes.length < HEAD) return undefined;
  const length = bytes.readUInt32BE(1);
  if (bytes[0] !== 0 || length > LARGEST) throw new RangeError("this is no message of gRPC");
  return bytes.length < HEAD + length ? undefined : HEAD + length;
}

export function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Waits while whoever reads is behind. Rejects when the call is over. */
export async function send(stream: Writable, message: Buffer): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw new Error("the builder closed the call");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(frame(message), (error) => (error == null ? resolve() : reject(error)));
  if (stream.writableNeedDrain) await promise;
  // A stream that breaks says so by itself.
  else promise.catch(() => undefined);
}
