import type { IncomingMessage } from "node:http";

/** The client sent more than the route takes. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** The connection ended before the body did; nothing of it may be acted on. */
export class BodyCutShortError extends Error {
  override readonly name = "BodyCutShortError";
}

/** The body did not arrive within the time the route gives it. */
export class BodyTooSlowError extends Error {
  override readonly name = "BodyTooSlowError";
}

interface BodyBounds {
  readonly limit: number;
  /** For the whole body, in milliseconds; the connection's idle timeout applies in any case. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** Reads a whole body of at most `limit` bytes. Keeps nothing and reads no further once it is larger. */
export function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<Buffer> {
  const { limit, timeoutMs = TIMEOUT_MS } = bounds;
  const announced = Number(request.headers["content-length"] ?? 0);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    if (announced > limit) return reject(tooLarge(limit));
    if (request.destroyed && !request.complete) return reject(cutShort());
    const timer = setTimeout(() => {
      stop(() => reject(new BodyTooSlowError(`the body took longer than ${timeoutMs} ms`)));
    }, timeoutMs);
    request.on("data", take);
    request.on("end", finish);
    request.on("close", finish);
    request.on("error", finish);

    function take(part: Buffer): void {
      bytes += part.length;
      if (bytes > limit) stop(() => reject(tooLarge(limit)));
      else parts.push(part);
    }
    function finish(): void {
      stop(() => (request.complete ? resolve(Buffer.concat(parts, bytes)) : reject(cutShort())));
    }
    function stop(settle: () => void): void {
      clearTimeout(timer);
      request.pause();
      request.off("data", take);
      request.off("end", finish);
      request.off("close", finish);
      settle();
    }
  });
}

function tooLarge(limit: number): BodyTooLargeError {
  return new BodyTooLargeError(`the body is larger than ${limit} bytes`);
}

function cutShort(): BodyCutShortError {
  return new BodyCutShortError("the connection ended within the body");
}
