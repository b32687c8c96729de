import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { BufferPool } from "./buffer-pool.ts";
import { type FileRange, readSome, TruncatedFileError } from "./file-range.ts";
import type { FileSlice, KernelCalls } from "./kernel-calls.ts";
import { drained, nextTurn, noteProgress, writeOut } from "./socket-flow.ts";

interface KernelTransfer {
  readonly kernel: KernelCalls;
  readonly socket: Socket;
  readonly range: FileRange;
  /** Small ones: a socket that is full holds one of them until its reader has caught up. */
  readonly buffers: BufferPool;
  readonly writeHead: () => void;
}

interface KernelTransferEnd {
  /** Of the first byte that was not sent. */
  readonly position: number;
  /** The kernel cannot move these bytes; the rest needs another way. */
  readonly isUnsupported: boolean;
}

/** Bounds how long one connection keeps the event loop to itself: about 50 us. */
const QUANTUM_BYTES = 256 * 1024;

/** Its content is never looked at: reading into it brings bytes into the page cache. */
const SCRATCH = Buffer.allocUnsafeSlow(QUANTUM_BYTES);

/** Only a plain socket with a descriptor: the kernel cannot encrypt. */
export function isPlainSocket(socket: Socket): boolean {
  return !(socket instanceof TLSSocket) && descriptorOf(socket) !== undefined;
}

/** Lets the kernel move the bytes from the page cache into the socket, without a copy in this process. */
export async function sendThroughKernel(transfer: KernelTransfer): Promise<KernelTransferEnd> {
  const { socket, range } = transfer;
  cork(transfer, true);
  transfer.writeHead();
  await drained(socket);
  let position = range.start;
  while (position < range.end) {
    const slice = { position, length: Math.min(QUANTUM_BYTES, range.end - position) };
    await warm(transfer, slice);
    const sent = sendSlice(transfer, slice);
    if (sent === "gone") break;
    if (sent === "unsupported") return { position, isUnsupported: true };
    position += sent;
    if (sent < slice.length) position = await waitForRoom(transfer, position);
    else if (position < range.end) await nextTurn();
    noteProgress(socket);
  }
  cork(transfer, false);
  return { position, isUnsupported: false };
}

/** A disk that is waited for on the event loop stalls every connection, so a thread waits for it. */
async function warm({ kernel, range }: KernelTransfer, slice: FileSlice): Promise<void> {
  if (kernel.isCached(range.file.fd, slice.position + slice.length - 1)) return;
  await readSome(range, slice.position, SCRATCH);
}

function sendSlice(transfer: KernelTransfer, slice: FileSlice): number | "gone" | "unsupported" {
  const fd = descriptorOf(transfer.socket);
  if (fd === undefined) return "gone";
  const result = transfer.kernel.sendfile(fd, transfer.range.file.fd, slice);
  switch (result.outcome) {
    case "sent":
      if (result.bytes === 0) throw new TruncatedFileError(slice.position);
      return result.bytes;
    case "full":
      return 0;
    case "gone":
      transfer.socket.destroy();
      return "gone";
    case "unsupported":
      return "unsupported";
  }
}

/**
 * Node tells when a socket has room only to those who write through it, so some bytes go that way.
 * Returns the position after them, or the same one when the connection broke.
 */
async function waitForRoom(transfer: KernelTransfer, position: number): Promise<number> {
  const buffer = transfer.buffers.borrow();
  try {
    const bytes = await readQuickly(transfer, position, buffer);
    const written = await writeOut(transfer.socket, buffer.subarray(0, bytes));
    return written ? position + bytes : position;
  } finally {
    transfer.buffers.giveBack(buffer);
  }
}

async function readQuickly(
  { kernel, range }: KernelTransfer,
  position: number,
  target: Buffer,
): Promise<number> {
  const length = Math.min(target.length, range.end - position);
  const bytes = kernel.readCached(range.file.fd, { position, length }, target);
  return bytes > 0 ? bytes : await readSome(range, position, target);
}

function cork({ kernel, socket }: KernelTransfer, corked: boolean): void {
  const fd = descriptorOf(socket);
  if (fd !== undefined) kernel.cork(fd, corked);
}

/**
 * The number of an open socket, valid only until the caller gives up control: when a socket closes, its number may
 * at once belong to another connection or to a file.
 */
function descriptorOf(socket: Socket): number | undefined {
  if (socket.destroyed) return undefined;
  // Node has no public way to ask for it; the handle's `fd` has been there since its first versions.
  const fd = (socket as { _handle?: { fd?: unknown } | null })._handle?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}
