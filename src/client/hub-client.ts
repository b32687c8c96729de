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

export type HubCall<Answer> = {
  /** Method and path: "GET /api/v1/account". */
  readonly line: string;
  readonly body?: unknown;
  readonly answer: z.ZodType<Answer>;
};

export interface HubClient {
  /** Asks once and gives the whole answer; undefined is what an answer without a body is parsed from. */
  call<Answer>(request: HubCall<Answer>): Promise<Answer>;
  /** Starts an operation and yields its events as they happen; ending the loop early hangs up. */
  stream<Event>(request: StreamRequest<Event>): AsyncGenerator<Event>;
  /** The bytes of an answer, as they come. */
  download(path: string): AsyncGenerator<Uint8Array>;
}

/** Speaks the hub's own API. Every refusal is a HubRefusal with the hub's sentence; everything else is a HubUnreachable. */
export function createHubClient(options: HubClientOptions): HubClient {
  return { call, stream, download };

  async function call<Answer>({ line, body, answer }: HubCall<Answer>): Promise<Answer> {
    const response = await send(line, body);
    if (!response.ok) throw await readRefusal(response);
    const text = await response.text();
    const parsed = answer.safeParse(text === "" ? undefined : JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new HubUnreachable(
      `${options.url.origin} does not answer as this version of Berth does`,
      {
        cause: parsed.error,
      },
    );
  }

  async function* download(path: string): AsyncGenerator<Uint8Array> {
    const response = await send(`GET ${path}`, undefined);
    if (!response.ok) throw await readRefusal(response);
    if (response.body === null) return;
    try {
      yield* response.body;
    } catch (error) {
      options.signal.throwIfAborted();
      throw new HubUnreachable(`lost the answer of ${options.url.origin} halfway`, {
        cause: error,
      });
    }
  }

  async function* stream<Event>(request: StreamRequest<Event>): AsyncGenerator<Event> {
    const response = await send(`POST ${request.path}`, request.body);
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

  async function send(line: string, body: unknown): Promise<Response> {
    const [method = "GET", path = "/"] = line.split(" ");
    try {
      return await fetch(new URL(path, options.url), {
        method,
        headers: headersOf(options.credentials, body !== undefined),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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

function headersOf(credentials: Credentials | undefined, hasBody: boolean): Record<string, string> {
  const headers = {
    accept: "application/json, application/x-ndjson",
    ...(hasBody ? { "content-type": "application/json" } : {}),
  };
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
