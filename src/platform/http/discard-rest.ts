import type { IncomingMessage } from "node:http";

const LOOK_EVERY_MS = 250;
/** nginx's `lingering_time` and `lingering_timeout`. */
const LONGEST_MS = 30_000;
const LONGEST_SILENCE_MS = 5_000;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads and throws away what is left of a request that was answered before it had arrived. Most clients look for an
 * answer only when they have sent what they wanted to send. What takes too much or too long is cut off.
 */
export function discardRest(request: IncomingMessage, whenOver: () => void): void {
  const { socket } = request;
  const firstByte = socket.bytesRead;
  const startedAt = performance.now();
  let seenBytes = firstByte;
  let seenAt = startedAt;
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  request.once("close", over);
  request.once("end", over);
  request.unpipe();
  request.removeAllListeners("data");
  request.removeAllListeners("readable");
  // A stream that was left flowing without a listener comes to rest when its buffer is full: pausing lets it start anew.
  request.pause();
  request.on("data", () => undefined);
  request.resume();

  function look(): void {
    const now = performance.now();
    if (socket.bytesRead !== seenBytes) {
      seenBytes = socket.bytesRead;
      seenAt = now;
    }
    const isTooLong = now - startedAt > LONGEST_MS || now - seenAt > LONGEST_SILENCE_MS;
    if (isTooLong || seenBytes - firstByte > MOST_BYTES) socket.destroy();
  }

  function over(): void {
    clearInterval(timer);
    request.off("close", over);
    request.off("end", over);
    whenOver();
  }
}
