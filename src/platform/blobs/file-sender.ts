import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { BufferPool } from "./buffer-pool.ts";
import { sendThroughBuffers } from "./buffered-transfer.ts";
import type { FileRange } from "./file-range.ts";
import type { KernelCalls } from "./kernel-calls.ts";
import { isPlainSocket, sendThroughKernel } from "./kernel-transfer.ts";
import { socketOf } from "./socket-flow.ts";

/**
 * Sends ranges of files as bodies of HTTP responses.
 *
 * The response's head has been given to `writeHead` with the exact Content-Length, nothing of its body. `send` ends
 * the response and resolves with the number of bytes handed to the connection; fewer than the range holds mean that
 * the client went away. It rejects when the file cannot be read or is shorter than the range; the connection is
 * broken then, because a clean end would pass the damage on as good.
 */
export interface FileSender {
  send(response: ServerResponse, range: FileRange): Promise<number>;
  /** The same on a connection that has no response: `head` goes first, nothing ends the connection afterwards. */
  sendOn(socket: Socket, head: string, range: FileRange): Promise<number>;
}

const READ_BUFFER_BYTES = 256 * 1024;
const READ_BUFFERS_LIMIT_BYTES = 32 * 1024 * 1024;
const PUSH_BUFFER_BYTES = 64 * 1024;
const PUSH_BUFFERS_LIMIT_BYTES = 16 * 1024 * 1024;

/** Without `kernel`, and on encrypted sockets, the bytes are copied through buffers. */
export function createFileSender(deps: { readonly kernel: KernelCalls | undefined }): FileSender {
  const { kernel } = deps;
  const readBuffers = new BufferPool({
    bufferBytes: READ_BUFFER_BYTES,
    limitBytes: READ_BUFFERS_LIMIT_BYTES,
  });
  const pushBuffers = new BufferPool({
    bufferBytes: PUSH_BUFFER_BYTES,
    limitBytes: PUSH_BUFFERS_LIMIT_BYTES,
  });
  return { send, sendOn };

  async function send(response: ServerResponse, range: FileRange): Promise<number> {
    const socket = response.socket ?? (await socketOf(response));
    if (socket === undefined) return 0;
    const writeHead = () => response.flushHeaders();
    const sent = await sendOrBreak({ socket, range, writeHead });
    if (sent === range.end - range.start) response.end();
    return sent;
  }

  function sendOn(socket: Socket, head: string, range: FileRange): Promise<number> {
    return sendOrBreak({ socket, range, writeHead: () => void socket.write(head, "latin1") });
  }

  async function sendOrBreak(job: TransferJob): Promise<number> {
    try {
      return (await transfer(job)) - job.range.start;
    } catch (error) {
      job.socket.destroy();
      throw error;
    }
  }

  async function transfer(job: TransferJob): Promise<number> {
    if (job.range.start === job.range.end) {
      job.writeHead();
      return job.range.end;
    }
    if (kernel === undefined || !isPlainSocket(job.socket)) {
      return sendThroughBuffers({ ...job, buffers: readBuffers });
    }
    const sent = await sendThroughKernel({ ...job, kernel, buffers: pushBuffers });
    if (!sent.isUnsupported) return sent.position;
    const rest = { ...job.range, start: sent.position };
    return sendThroughBuffers({ ...job, range: rest, writeHead: nothing, buffers: readBuffers });
  }
}

interface TransferJob {
  readonly socket: Socket;
  readonly range: FileRange;
  readonly writeHead: () => void;
}

/** The head is out already. */
function nothing(): void {}
