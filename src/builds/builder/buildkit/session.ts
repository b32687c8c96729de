import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { Duplex } from "node:stream";
import { type Call, type GrpcClient, GrpcError } from "./grpc-client.ts";
import { readMessages, send } from "./grpc-frames.ts";
import { encode, type Message } from "./wire-message.ts";

/** What the builder asks for while it builds; `metadata` are the headers of the call. */
export type Service = (call: {
  readonly messages: AsyncGenerator<Message>;
  readonly metadata: (name: string) => readonly string[];
  readonly answer: (message: Buffer) => Promise<void>;
}) => Promise<void>;

interface SessionWish {
  readonly id: string;
  /** Builds of the same key send only what changed since. */
  readonly sharedKey: string;
  /** By path, such as `/moby.filesync.v1.FileSync/DiffCopy`. None gives passwords. */
  readonly services: Readonly<Record<string, Service>>;
}

const SESSION = "/moby.buildkit.v1.Control/Session";
const HEALTH = "/grpc.health.v1.Health/Check";
const SERVING = encode([[1, 1]]);
const UNKNOWN = 2;
const UNIMPLEMENTED = 12;

const isHealthy: Service = ({ answer }) => answer(SERVING);

/** Serves a builder what a build is made of, over its own connection, until it is disposed of. */
export function serveSession(client: GrpcClient, wish: SessionWish): Disposable {
  const services: Readonly<Record<string, Service>> = { ...wish.services, [HEALTH]: isHealthy };
  const call = client.open(SESSION, {
    "x-docker-expose-session-uuid": wish.id,
    "x-docker-expose-session-name": "berth",
    "x-docker-expose-session-sharedkey": wish.sharedKey,
    "x-docker-expose-session-grpc-method": Object.keys(services),
  });
  const session: ServerHttp2Session = performServerHandshake(tunnelOf(call));
  session.on("error", () => call.cancel());
  session.on("stream", (...[stream, headers, , rawHeaders]) => {
    const service = services[String(headers[constants.HTTP2_HEADER_PATH])];
    void serve(stream, rawHeaders, service);
  });
  return {
    [Symbol.dispose]: () => {
      session.destroy();
      call.cancel();
    },
  };
}

async function serve(
  stream: ServerHttp2Stream,
  rawHeaders: readonly string[],
  service: Service | undefined,
): Promise<void> {
  let status: Record<string, string> = { "grpc-status": "0" };
  stream.on("error", () => undefined);
  stream.on("wantTrailers", () => stream.sendTrailers(status));
  stream.respond({ "content-type": "application/grpc" }, { waitForTrailers: true });
  try {
    if (service === undefined) throw new GrpcError(UNIMPLEMENTED, "this is not offered");
    const metadata = (name: string) =>
      rawHeaders.flatMap((key, index) =>
        index % 2 === 0 && key === name ? [rawHeaders[index + 1] ?? ""] : [],
      );
    const answer = (message: Buffer) => send(stream, message);
    await service({ messages: readMessages(stream), metadata, answer });
  } catch (cause) {
    const code = cause instanceof GrpcError ? cause.code : UNKNOWN;
    const reason = cause instanceof Error ? cause.message : String(cause);
    status = { "grpc-status": String(code), "grpc-message": encodeURIComponent(reason) };
  }
  if (!stream.destroyed) stream.end();
}

/** The builder is the client within a call that this side has opened. */
function tunnelOf(call: Call): Duplex {
  const tunnel = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      send(call.stream, encode([[1, bytes]])).then(() => done(), done);
    },
    destroy: (error, done) => {
      call.cancel();
      done(error);
    },
  });
  // The session over it is told, and ends.
  tunnel.on("error", () => undefined);
  void (async () => {
    try {
      for await (const message of readMessages(call.stream)) tunnel.push(message.bytes(1));
      tunnel.push(null);
    } catch (cause) {
      tunnel.destroy(cause instanceof Error ? cause : undefined);
    }
  })();
  return tunnel;
}
