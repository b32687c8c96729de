import type { Socket } from "node:net";
import type { PlainRequest } from "./plain-request.ts";

/** An answer that is ready to be sent, but for its Date. */
export interface LaneAnswer {
  /** Status line and header fields, each with its line end; neither Date nor Connection. */
  readonly head: string;
  readonly body: string | LaneBody;
}

/**
 * Writes `head` and then its bytes to the socket; resolves when the socket may take the next answer. Always called for an
 * answer that was given, even when the client is gone by then.
 */
export type LaneBody = (socket: Socket, head: string) => Promise<void>;

/**
 * Gives the answer as it is now, to whoever asks from the address; undefined leaves the request to the ordinary server.
 */
export type LaneResponder = (
  address: string,
) => LaneAnswer | undefined | Promise<LaneAnswer | undefined>;

/** What the bytes of a request head turned out to mean. */
export interface LaneRecipe {
  readonly request: PlainRequest;
  readonly respond: LaneResponder;
  latest: { answer: LaneAnswer; date: string; text: string } | undefined;
}

interface LaneLinks {
  readonly find: (head: string) => LaneRecipe | undefined;
  /** Where the client of the connection is. */
  readonly address: string;
  /** The connection was closed or handed over. */
  readonly onLeft: () => void;
  /** Gives the socket to the ordinary server. */
  readonly handOver: () => void;
  /** For an answer that nobody takes. */
  readonly idleTimeoutMs: number;
  /** For a connection on which nothing is asked. */
  readonly keepAliveMs: number;
}

const LONGEST_HEAD_BYTES = 2048;
/** Keeps what is remembered for each request head small: manifests are a few KiB, rarely more. */
const LONGEST_KEPT_BODY = 16 * 1024;

/** One connection while it is in the lane. It takes one request at a time and reads no further meanwhile. */
export class LaneConnection {
  readonly #socket: Socket;
  readonly #links: LaneLinks;
  #isAnswering = false;
  #isLast = false;

  constructor(socket: Socket, links: LaneLinks) {
    this.#socket = socket;
    this.#links = links;
    socket.setTimeout(links.keepAliveMs);
    socket.on("data", this.#onData);
    socket.on("timeout", this.#onTimeout);
    socket.on("error", this.#onError);
    socket.on("end", this.#onEnd);
    socket.on("close", links.onLeft);
  }

  /** Closes the connection as soon as the answer that is under way is out. */
  drain(): void {
    this.#isLast = true;
    if (!this.#isAnswering) this.#socket.destroySoon();
  }

  readonly #onData = (chunk: Buffer): void => {
    const isShort = chunk.length <= LONGEST_HEAD_BYTES;
    const recipe = isShort ? this.#links.find(chunk.toString("latin1")) : undefined;
    if (recipe === undefined) this.#handOver(chunk);
    else this.#follow(recipe, chunk);
  };

  #follow(recipe: LaneRecipe, chunk: Buffer): void {
    const answer = respond(recipe, this.#links.address);
    if (answer === undefined) this.#handOver(chunk);
    else if (answer instanceof Promise) void this.#answerLater(recipe, chunk, answer);
    else this.#answer(recipe, answer);
  }

  async #answerLater(
    recipe: LaneRecipe,
    chunk: Buffer,
    pending: Promise<LaneAnswer | undefined>,
  ): Promise<void> {
    this.#beginAnswer();
    const answer = await pending.catch(leaveToOrdinaryServer);
    this.#endAnswer();
    if (answer === undefined) this.#handOver(chunk);
    else this.#answer(recipe, answer);
  }

  #answer(recipe: LaneRecipe, answer: LaneAnswer): void {
    const { request } = recipe;
    this.#isLast ||= request.closesConnection;
    if (typeof answer.body !== "string")
      void this.#stream(headOf(answer, this.#isLast), answer.body);
    else if (this.#isLast || answer.body.length > LONGEST_KEPT_BODY) {
      this.#write(headOf(answer, this.#isLast) + answer.body);
    } else this.#write(textOf(recipe, answer, answer.body));
  }

  #write(text: string): void {
    const hasRoom = this.#socket.write(text, "latin1");
    if (this.#isLast) this.#socket.destroySoon();
    else if (!hasRoom) this.#waitForReader();
  }

  /** A client that asks and asks but does not read the answers must not fill the memory with them. */
  #waitForReader(): void {
    this.#beginAnswer();
    this.#socket.once("drain", () => this.#goOn());
  }

  async #stream(head: string, body: LaneBody): Promise<void> {
    this.#beginAnswer();
    try {
      await body(this.#socket, head);
      this.#goOn();
    } catch {
      // Whoever made the body has reported the failure; the client must not take what it got for all of it.
      this.#socket.destroy();
    }
  }

  #beginAnswer(): void {
    this.#isAnswering = true;
    this.#socket.setTimeout(this.#links.idleTimeoutMs);
    this.#socket.pause();
  }

  #endAnswer(): void {
    this.#isAnswering = false;
    this.#socket.setTimeout(this.#links.keepAliveMs);
    this.#socket.resume();
  }

  #goOn(): void {
    this.#endAnswer();
    if (this.#isLast) this.#socket.destroySoon();
  }

  #handOver(chunk: Buffer): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.off("data", this.#onData);
    socket.off("timeout", this.#onTimeout);
    socket.off("error", this.#onError);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#links.onLeft);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(chunk);
    this.#links.onLeft();
    this.#links.handOver();
    socket.resume();
  }

  readonly #onTimeout = (): void => {
    this.#socket.destroy();
  };

  /** The client is gone; there is nobody left to tell. */
  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  /** The client sends nothing more but may still be reading. */
  readonly #onEnd = (): void => {
    this.drain();
  };
}

function headOf(answer: LaneAnswer, isLast: boolean): string {
  return `${answer.head}${dateField()}${isLast ? "Connection: close\r\n" : ""}\r\n`;
}

/** Within a second the same answer is the same text: joining it anew costs as much as finding it did. */
function textOf(recipe: LaneRecipe, answer: LaneAnswer, body: string): string {
  const date = dateField();
  const { latest } = recipe;
  if (latest?.answer === answer && latest.date === date) return latest.text;
  const text = headOf(answer, false) + body;
  recipe.latest = { answer, date, text };
  return text;
}

function respond(
  recipe: LaneRecipe,
  address: string,
): LaneAnswer | undefined | Promise<LaneAnswer | undefined> {
  try {
    return recipe.respond(address);
  } catch {
    return leaveToOrdinaryServer();
  }
}

/** The ordinary server meets the same failure, and it can answer and log it properly. */
function leaveToOrdinaryServer(): undefined {}

let dateSecond = 0;
let dateText = "";

function dateField(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return dateText;
}
