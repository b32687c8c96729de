import type { Server } from "node:http";
import type { Socket } from "node:net";
import { answerClientError } from "./client-error.ts";
import { Connection } from "./connection.ts";

export interface Traffic {
  readonly connections: number;
  /** Requests that are being answered. */
  readonly underway: number;
  /** Since the start; bytes that a sender hands to the kernel past Node are not among those sent. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** A connection on which nothing was asked yet may be about to: its client does not expect it to be closed. */
const FIRST_REQUEST_GRACE_MS = 1000;

/** All connections of a server: what they carry, when they have been silent for too long, and how they end. */
export class Connections {
  readonly #idleTimeoutMs: number;
  readonly #open = new Set<Socket>();
  readonly #handled = new Map<Socket, Connection>();
  #closedReceivedBytes = 0;
  #closedSentBytes = 0;
  #isDraining = false;

  constructor(options: { readonly idleTimeoutMs: number }) {
    this.#idleTimeoutMs = options.idleTimeoutMs;
  }

  /** To be called before any other listener for connections is added: it goes with Node's own. */
  manage(server: Server, event: "connection" | "secureConnection"): void {
    server.timeout = this.#idleTimeoutMs;
    server.prependListener(event, (socket: Socket) => this.#handle(socket));
    server.on("timeout", (socket: Socket) => this.#onTimeout(socket));
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
      if (this.#handled.get(socket)?.isWithinAnswer) socket.destroy();
      else answerClientError(error, socket);
    });
  }

  /** Knows the socket from now on, whoever handles it. */
  watch(socket: Socket): void {
    this.#open.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#closedReceivedBytes += socket.bytesRead;
      this.#closedSentBytes += socket.bytesWritten;
    });
  }

  get(socket: Socket): Connection | undefined {
    return this.#handled.get(socket);
  }

  traffic(): Traffic {
    let underway = 0;
    let receivedBytes = this.#closedReceivedBytes;
    let sentBytes = this.#closedSentBytes;
    for (const connection of this.#handled.values()) underway += connection.underway;
    for (const socket of this.#open) {
      receivedBytes += socket.bytesRead;
      sentBytes += socket.bytesWritten;
    }
    return { connections: this.#open.size, underway, receivedBytes, sentBytes };
  }

  /** Ends what is idle and lets every other connection finish what it is doing. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#handled.values()) {
      if (connection.underway > 0 || connection.hasAnswered) connection.drain();
      else this.#drainLater(connection);
    }
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #handle(socket: Socket): void {
    const connection = new Connection(socket);
    this.#handled.set(socket, connection);
    socket.once("close", () => this.#handled.delete(socket));
    if (this.#isDraining) this.#drainLater(connection);
  }

  #drainLater(connection: Connection): void {
    connection.announceEnd();
    setTimeout(() => connection.drain(), FIRST_REQUEST_GRACE_MS).unref();
  }

  /** Nothing moved for the whole idle timeout. A client that waits for us is not to blame for that. */
  #onTimeout(socket: Socket): void {
    const connection = this.#handled.get(socket);
    if (connection?.isOwed && socket.writableLength === 0) socket.setTimeout(this.#idleTimeoutMs);
    else socket.destroy();
  }
}
