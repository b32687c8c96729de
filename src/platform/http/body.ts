import type { IncomingMessage } from "node:http";

/** The client sent more than the route takes. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** The connection ended before the body did; nothing of it may be acted on. */
export class BodyCutShortError extends Error {
  override readonly name = "BodyCutShortError";
}

/** Reads a whole body of at most `limit` bytes; stops listening at the first byte beyond it. */
export function readBody(request: IncomingMessage, options: { limit: number }): Promise<Buffer> {
  const { limit } = options;
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes > limit) {
        request.pause();
        request.removeAllListeners("data");
        parts.length = 0;
        reject(new BodyTooLargeError(`the body is larger than ${limit} bytes`));
        return;
      }
      parts.push(part);
    });
    request.on("end", () => resolve(Buffer.concat(parts, bytes)));
    request.on("close", () => {
      if (!request.complete) reject(new BodyCutShortError("the connection ended within the body"));
    });
    request.on("error", reject);
  });
}
