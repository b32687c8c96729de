import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

const SAFE_ID = /^[A-Za-z0-9._:-]{8,128}$/;

const ids = new WeakMap<IncomingMessage, string>();

/**
 * What names the request in logs and in answers: the same for the same request. The one that a proxy or client gave it
 * in `X-Request-Id` is kept, unless it could be taken for something else in a log.
 */
export function requestIdOf(request: IncomingMessage): string {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && SAFE_ID.test(given) ? given : randomUUID();
  ids.set(request, id);
  return id;
}
