import type { Socket } from "node:net";
import type { BufferPool } from "./buffer-pool.ts";
import { type FileRange, readSome } from "./file-range.ts";
import { writeOut } from "./socket-flow.ts";

interface BufferedTransfer {
  readonly socket: Socket;
  readonly range: FileRange;
  readonly buffers: BufferPool;
  /** Called once, when the first bytes are ready to follow it. */
  readonly writeHead: () => void;
}

/**
 * Copies the range through two buffers, reading into one while the other is being written. Works on every kind of
 * socket, encrypted ones included. Resolves with the position of the first byte that was not sent.
 */
export async function sendThroughBuffers(transfer: BufferedTransfer): Promise<number> {
  const { socket, range, buffers } = transfer;
  let filling = buffers.borrow();
  let spare: Buffer | undefined;
  let reading = readAhead(range, range.start, filling);
  let position = range.start;
  try {
    while (position < range.end) {
      const bytes = await reading;
      const following = position + bytes;
      socket.cork();
      if (position === range.start) transfer.writeHead();
      const written = writeOut(socket, filling.subarray(0, bytes));
      socket.uncork();
      if (following < range.end) {
        spare ??= buffers.borrow();
        reading = readAhead(range, following, spare);
      }
      if (!(await written)) return position;
      position = following;
      if (spare !== undefined) [filling, spare] = [spare, filling];
    }
    return position;
  } finally {
    // Whoever borrows the buffer next must not find the kernel still reading into it.
    await reading.catch(() => undefined);
    buffers.giveBack(filling);
    if (spare !== undefined) buffers.giveBack(spare);
  }
}

function readAhead(range: FileRange, position: number, target: Buffer): Promise<number> {
  const reading = readSome(range, position, target);
  // A failure is seen where the bytes are awaited; until then the write before it may still be under way.
  reading.catch(() => undefined);
  return reading;
}
