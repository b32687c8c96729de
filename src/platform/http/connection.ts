import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { discardRest } from "./discard-rest.ts";

/**
 * One connection in the hands of Node's HTTP server: which answers it is still owed, and how it ends without taking
 * them away from the client.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #underway = new Set<ServerResponse>();
  readonly #endNow: () => void;
  #hasAnswered = false;
  #discarded: IncomingMessage | undefined;
  #isLast = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#endNow = socket.destroySoon.bind(socket);
    // Node calls this after the last answer, even while the request's body is still arriving. Closing then makes the
    // kernel send a reset, which throws away the answer that the client has not read yet.
    socket.destroySoon = () => this.#end();
  }

  /** A request has arrived and will be answered by `response`. */
  begin(response: ServerResponse): void {
    this.#underway.add(response);
    if (this.#isLast) response.shouldKeepAlive = false;
    response.once("close", () => this.#settle(response));
  }

  get underway(): number {
    return this.#underway.size;
  }

  /** At least one exchange is over; the client knows that such a connection may be closed at any time. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** The client has sent all of its requests and waits for us. */
  get isOwed(): boolean {
    return this.underway > 0 && this.#arriving() === undefined;
  }

  /** Part of an answer is out: whatever else is written now would be taken for more of it. */
  get isWithinAnswer(): boolean {
    return [...this.#underway].some((response) => response.headersSent);
  }

  /** Announces with every answer from now on that it is the last. */
  announceEnd(): void {
    this.#isLast = true;
    for (const response of this.#underway) {
      if (!response.headersSent) response.shouldKeepAlive = false;
    }
  }

  /** Answers what is under way and takes nothing after it. */
  drain(): void {
    this.announceEnd();
    if (this.underway === 0) this.#socket.destroySoon();
  }

  #settle(response: ServerResponse): void {
    this.#underway.delete(response);
    this.#hasAnswered = true;
    if (this.#socket.destroyed) return;
    if (!response.req.complete) this.#discard(response.req);
    if (this.#isLast && this.underway === 0) this.#socket.destroySoon();
  }

  #end(): void {
    const unread = this.#discarded ?? this.#arriving()?.req;
    if (unread === undefined) {
      this.#endNow();
      return;
    }
    this.#socket.end();
    this.#discard(unread);
  }

  #discard(request: IncomingMessage): void {
    if (this.#discarded === request) return;
    this.#discarded = request;
    discardRest(request, () => {
      this.#discarded = undefined;
      if (this.#socket.writableEnded) this.#endNow();
    });
  }

  #arriving(): ServerResponse | undefined {
    for (const response of this.#underway) {
      if (!response.req.complete) return response;
    }
    return undefined;
  }
}
