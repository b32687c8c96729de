import type { z } from "zod";
import { readJsonLines } from "../lib/json-lines.ts";
import { HubUnreachable } from "./hub-error.ts";
import { type HubClientOptions, HubRequests, readRefusal } from "./hub-requests.ts";

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

/** Disposing of it ends the session that a code may have opened. */
export interface HubClient extends AsyncDisposable {
  /** Asks once and gives the whole answer; undefined is what an answer without a body is parsed from. */
  call<Answer>(request: HubCall<Answer>): Promise<Answer>;
  /** Starts an operation and yields its events as they happen; ending the loop early hangs up. */
  stream<Event>(request: StreamRequest<Event>): AsyncGenerator<Event>;
  /** Sends what is made while it goes, such as an archive, once it is known who asks (`call`). */
  upload<Answer>(
    request: Omit<HubCall<Answer>, "body">,
    archive: AsyncIterable<Uint8Array>,
  ): Promise<Answer>;
  /** The bytes of an answer, as they come. */
  download(path: string): AsyncGenerator<Uint8Array>;
}

/** Speaks the hub's own API. Every refusal is a HubRefusal with the hub's sentence; everything else is a HubUnreachable. */
export function createHubClient(options: HubClientOptions): HubClient {
  const requests = new HubRequests(options);
  return {
    call,
    stream,
    download,
    upload,
    [Symbol.asyncDispose]: () => requests[Symbol.asyncDispose](),
  };

  async function call<Answer>({ line, body, answer }: HubCall<Answer>): Promise<Answer> {
    return await readAnswer(await requests.send(line, body), answer);
  }

  async function upload<Answer>(
    { line, answer }: Omit<HubCall<Answer>, "body">,
    archive: AsyncIterable<Uint8Array>,
  ): Promise<Answer> {
    return await readAnswer(await requests.upload(line, archive), answer);
  }

  async function readAnswer<Answer>(
    response: Response,
    answer: z.ZodType<Answer>,
  ): Promise<Answer> {
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
    const response = await requests.send(`GET ${path}`, undefined);
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
    const response = await requests.send(`POST ${request.path}`, request.body);
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
}
