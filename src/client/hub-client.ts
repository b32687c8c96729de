import type { z } from "zod";
import { problem } from "../contract/problem.ts";
import { readJsonLines } from "../lib/json-lines.ts";
import { HubRefusal, HubUnreachable } from "./hub-error.ts";

export type Credentials = { readonly username: string; readonly password: string };

export type HubClientOptions = {
  readonly url: URL;
  readonly credentials?: Credentials | undefined;
  readonly signal: AbortSignal;
};

export type StreamRequest<Event> = {
  readonly path: string;
  readonly body: unknown;
  readonly event: z.ZodType<Event>;
};

export interface HubClient {
  /** Starts an operation and yields its events as they happen; ending the loop early hangs up. */
  stream<Event>(request: StreamRequest<Event>): AsyncGenerator<Event>;
}

/** Speaks the hub's own API. Every refusal is a HubRefusal with the hub's sentence; everything else is a HubUnreachable. */
export function createHubClient(options: HubClientOptions): HubClient {
  return { stream };

  async function* stream<Event>(request: StreamRequest<Event>): AsyncGenerator<Event> {
    const response = await send(request);
    if (!response.ok) throw await readRefusal(response);
    if (response.body === null) throw new HubUnreachable(`${options.url.origin} sent no answer`);
    try {
      for await (const line of readJsonLines(response.body)) yield request.event.parse(line);
    } catch (error) {
      options.signal.throwIfAborted();
      throw new HubUnreachable(`lost the answer of ${options.url.origin} halfway`, {
        cause: error,
      });
    }
  }

  async function send({ path, body }: StreamRequest<unknown>): Promise<Response> {
    try {
      return await fetch(new URL(path, options.url), {
        method: "POST",
        headers: headersOf(options.credentials),
        body: JSON.stringify(body),
        redirect: "error",
        signal: options.signal,
      });
    } catch (error) {
      options.signal.throwIfAborted();
      throw new HubUnreachable(`no hub answers at ${options.url.origin}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}

function headersOf(credentials: Credentials | undefined): Record<string, string> {
  const headers = { "content-type": "application/json", accept: "application/x-ndjson" };
  if (credentials === undefined) return headers;
  const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  return { ...headers, authorization: `Basic ${pair}` };
}

async function readRefusal(response: Response): Promise<HubRefusal | HubUnreachable> {
  const body = problem.safeParse(await response.json().catch(() => undefined));
  if (body.success) return new HubRefusal(response.status, body.data.detail ?? body.data.title);
  if (response.status === 401) return new HubRefusal(401, "the hub asks for a login");
  return new HubUnreachable(
    `${new URL(response.url).origin} answers ${response.status}, but not as a Berth hub does`,
  );
}

/** fetch says only "fetch failed"; the cause has what a person can act on. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}
