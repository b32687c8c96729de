import type { OutgoingHttpHeaders } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import type { Duplex } from "node:stream";
import { frame, readMessages } from "./grpc-frames.ts";
import type { Message } from "./wire-message.ts";

/** What a service answered instead of a result. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const UNKNOWN = 2;

/** Calls over one connection, which ends with it. */
export class GrpcClient implements Disposable {
  readonly #session: ClientHttp2Session;

  constructor(connection: Duplex) {
    this.#session = connect("http://buildkit", { createConnection: () => connection });
    // Each call is told of it by its own stream.
    this.#session.on("error", () => undefined);
  }

  /** A call that both sides go on with; whoever opens it reads and writes frames. */
  open(path: string, headers: OutgoingHttpHeaders = {}): Call {
    const stream = this.#session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: path,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      [constants.HTTP2_HEADER_TE]: "trailers",
      ...headers,
    });
    return new Call(stream);
  }

  /** Throws GrpcError, and what the signal was aborted with. */
  async call(path: string, request: Buffer, signal: AbortSignal): Promise<Message | undefined> {
    let answer: Message | undefined;
    for await (const message of this.stream(path, request, signal)) answer = message;
    return answer;
  }

  /** Throws as `call` does, after what arrived. */
  async *stream(path: string, request: Buffer, signal: AbortSignal): AsyncGenerator<Message> {
    signal.throwIfAborted();
    const call = this.open(path);
    const cancel = () => call.cancel();
    signal.addEventListener("abort", cancel);
    try {
      call.stream.end(frame(request));
      yield* readMessages(call.stream);
      await call.ended;
    } catch (cause) {
      signal.throwIfAborted();
      throw cause;
    } finally {
      signal.removeEventListener("abort", cancel);
      call.cancel();
    }
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

export class Call {
  readonly stream: ClientHttp2Stream;
  /** Rejects with GrpcError unless the call ended well. */
  readonly ended: Promise<void>;

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let status: Readonly<Record<string, unknown>> = {};
    const note = (headers: Readonly<Record<string, unknown>>) => {
      if (headers["grpc-status"] !== undefined) status = headers;
    };
    stream.on("response", note).on("trailers", note).on("error", reject);
    stream.on("close", () => {
      const code = Number(status["grpc-status"] ?? UNKNOWN);
      if (code === 0) resolve();
      else reject(new GrpcError(code, readReason(status["grpc-message"])));
    });
    // Whoever waits for it is told; a call that is given up is no failure.
    promise.catch(() => undefined);
    this.ended = promise;
  }

  cancel(): void {
    if (!this.stream.closed) this.stream.close(constants.NGHTTP2_CANCEL);
  }
}

function readReason(text: unknown): string {
  if (typeof text !== "string" || text === "") return "the builder ended the connection";
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
