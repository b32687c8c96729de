import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A small honest receiver of webhooks and the like: it keeps what comes, and can be down. */
export async function startReceiver(
  options: { readonly status?: number; readonly answer?: string } = {},
) {
  const received: Received[] = [];
  const state = { isDown: false, refused: 0, status: options.status ?? 204 };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (state.isDown) {
      state.refused += 1;
      response.writeHead(503).end("down");
      return;
    }
    received.push({ headers: request.headers, body });
    response.writeHead(state.status).end(options.answer);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    state,
    /** What came so far, read as JSON. */
    // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was sent
    bodies: (): any[] => received.map(({ body }) => JSON.parse(body)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
