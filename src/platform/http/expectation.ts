import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Asks a client that sent `Expect: 100-continue` for its body when, and only when, somebody starts to read it: a
 * request that is refused costs the client nothing but its head (RFC 9110, section 10.1.1).
 */
export function continueOnceRead(request: IncomingMessage, response: ServerResponse): void {
  // Without 100 nobody can tell whether the next bytes are this request's body or another request.
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  request.on("newListener", askForBody);

  function askForBody(event: string | symbol): void {
    if (event !== "data" && event !== "readable") return;
    request.off("newListener", askForBody);
    if (response.headersSent) return;
    response.shouldKeepAlive = shouldKeepAlive;
    response.writeContinue();
  }
}
