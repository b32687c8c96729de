import * as http from "node:http";
import * as https from "node:https";
import type { ProxyRoute } from "./proxy-route.ts";

export interface ProbeRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Iterable<Uint8Array> | undefined;
  /** Sends the head and the first bytes and no more: the answer has to come before the body is there. */
  readonly isUnfinished?: boolean;
  readonly timeoutMs?: number;
}

export interface ProbeAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** At most the first 64 KiB. */
  readonly text: string;
  /** When the head of the answer was here, and how long the question took. */
  readonly at: Date;
  readonly tookMs: number;
}

interface ProbeOptions {
  readonly route: ProxyRoute;
  readonly signal: AbortSignal;
  /** PEM certificates that the container tools of this machine trust. */
  readonly ca: readonly string[];
  /** False to look at what a server says that nobody trusts; nothing secret may be sent to it. */
  readonly isTrusted: boolean;
}

const TIMEOUT_MS = 10_000;
const TEXT_LIMIT = 64 * 1024;

/** Asks one thing after the other, each on a connection of its own: follows no redirect, keeps nothing, waits for nothing long. */
export class Probe {
  readonly #options: ProbeOptions;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  get isTrusted(): boolean {
    return this.#options.isTrusted;
  }

  /** Throws what the system or TLS says when there is no answer. */
  async ask(url: URL, request: ProbeRequest = {}): Promise<ProbeAnswer> {
    const { signal } = this.#options;
    const timeout = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
    const started = Date.now();
    try {
      return await this.#exchange(url, request, {
        signal: AbortSignal.any([signal, timeout]),
        started,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!timeout.aborted) throw error;
      throw new Error(`no answer within ${(Date.now() - started) / 1000} seconds`, {
        cause: error,
      });
    }
  }

  #exchange(
    url: URL,
    { method = "GET", headers = {}, body, isUnfinished = false }: ProbeRequest,
    { signal, started }: { signal: AbortSignal; started: number },
  ): Promise<ProbeAnswer> {
    const { ca, isTrusted } = this.#options;
    const options = { method, headers, signal, agent: this.#openAgent(url) };
    const tls = { rejectUnauthorized: isTrusted, ...(ca.length === 0 ? {} : { ca: [...ca] }) };
    return new Promise((resolve, reject) => {
      const question =
        url.protocol === "https:"
          ? https.request(url, { ...options, ...tls })
          : http.request(url, options);
      let isAnswered = false;
      question.once("error", (error) => {
        // A server that refuses a long body may hang up on it; its answer is what counts.
        if (!isAnswered) reject(error);
      });
      question.once("response", (response) => {
        isAnswered = true;
        const at = new Date();
        readText(response).then((text) => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ url, status, headers: received, text, at, tookMs: at.getTime() - started });
          question.destroy();
        }, reject);
      });
      sendBody(question, body, isUnfinished).catch(reject);
    });
  }

  #openAgent(url: URL): http.Agent {
    const { route } = this.#options;
    const proxy = route.kind === "proxy" ? route.proxy.href : undefined;
    const proxyEnv = proxy === undefined ? undefined : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
    const options = { keepAlive: false, ...(proxyEnv === undefined ? {} : { proxyEnv }) };
    return url.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
  }
}

async function sendBody(
  question: http.ClientRequest,
  body: Iterable<Uint8Array> | undefined,
  isUnfinished: boolean,
): Promise<void> {
  for (const piece of body ?? []) {
    if (question.destroyed || question.errored !== null) return;
    if (!question.write(piece)) await drained(question);
  }
  if (!isUnfinished) question.end();
}

const WAKERS = ["drain", "close", "error"];

function drained(question: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      for (const event of WAKERS) question.off(event, goOn);
      resolve();
    };
    for (const event of WAKERS) question.on(event, goOn);
  });
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response) {
    pieces.push(piece as Buffer);
    length += (piece as Buffer).length;
    if (length >= TEXT_LIMIT) break;
  }
  return Buffer.concat(pieces).subarray(0, TEXT_LIMIT).toString("utf8");
}

/** What a person can act on, of an error of the network. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
