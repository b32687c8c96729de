import type { IncomingMessage } from "node:http";

const DRAIN_BYTES = 64 * 1024 * 1024;
const DRAIN_MILLISECONDS = 10_000;

/**
 * Call after a refusal was sent while its request's body is still arriving. Clients read an answer only once they have
 * sent what they wanted to send: the rest is read and thrown away, up to a bound, and only then is the connection
 * closed. Destroying it at once makes some clients wait for a timeout.
 */
export function drainRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let bytes = 0;
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), DRAIN_MILLISECONDS);
  timer.unref();
  request.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > DRAIN_BYTES) socket.destroy();
  });
  request.on("close", () => clearTimeout(timer));
  request.on("end", () => clearTimeout(timer));
  // The sender is being refused already: how its body ends is of no interest.
  request.on("error", () => undefined);
  request.resume();
}
