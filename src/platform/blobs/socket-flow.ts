import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

const NOTHING = Buffer.alloc(0);

/**
 * The socket, once it is this response's turn to write on it; undefined when it closed before. A response to a
 * pipelined request has none until those before it are finished.
 */
export function socketOf(response: ServerResponse): Promise<Socket | undefined> {
  const connection = response.req.socket;
  return new Promise((resolve) => {
    if (connection.destroyed) return resolve(undefined);
    if (response.socket !== null) return resolve(response.socket);
    response.once("socket", assigned);
    connection.once("close", closed);

    function assigned(socket: Socket): void {
      connection.off("close", closed);
      resolve(socket);
    }
    function closed(): void {
      response.off("socket", assigned);
      resolve(undefined);
    }
  });
}

/** Writes and waits until the kernel has taken every byte; false when the connection broke instead. */
export function writeOut(socket: Socket, chunk: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    socket.write(chunk, (error) => resolve(error === null || error === undefined));
  });
}

/** Waits until nothing that was written before is left in this process. */
export async function drained(socket: Socket): Promise<void> {
  if (socket.writableLength > 0) await writeOut(socket, NOTHING);
}

/** Gives every other connection its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Tells the socket's idle timeout about progress that Node cannot see. */
export function noteProgress(socket: Socket): void {
  if (socket.timeout !== undefined) socket.setTimeout(socket.timeout);
}
