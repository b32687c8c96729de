import type { Socket } from "node:net";

interface Refusal {
  readonly statusLine: string;
  readonly message: string;
}

/** Long enough for a client to read the answer, short enough that it is no way to hold connections open. */
const LINGER_MS = 2000;

/**
 * Answers what is not HTTP. Even that gets an HTTP answer: a client that tries TLS on this port learns from it what it
 * talks to, and `docker manifest --insecure` goes on without TLS only then.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // A request that was cut: somebody has gone, or does not speak the TLS that this port speaks.
  if (!socket.writable || error.code === "ECONNRESET" || !isParserError(error.code)) {
    socket.destroy();
    return;
  }
  const { statusLine, message } = refusalFor(error.code);
  const body = errorBody(message);
  socket.end(
    `HTTP/1.1 ${statusLine}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  socket.setTimeout(LINGER_MS, () => socket.destroy());
}

/** In the shape of the distribution API, whose clients are the ones that show it to people. */
export function errorBody(message: string): string {
  return JSON.stringify({ errors: [{ code: "UNSUPPORTED", message, detail: null }] });
}

function isParserError(code: string | undefined): boolean {
  return code?.startsWith("HPE_") === true || code === "ERR_HTTP_REQUEST_TIMEOUT";
}

function refusalFor(code: string | undefined): Refusal {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        statusLine: "431 Request Header Fields Too Large",
        message: "the request's header fields are larger than this server accepts",
      };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return {
        statusLine: "413 Payload Too Large",
        message: "the body's chunk extensions are larger than this server accepts",
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return {
        statusLine: "408 Request Timeout",
        message: "the request's header fields did not arrive in time",
      };
    default:
      return { statusLine: "400 Bad Request", message: "this is not an HTTP/1.1 request" };
  }
}
