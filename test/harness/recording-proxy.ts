import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Exchange = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** As received, names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly status: number;
};

type Cut = { readonly pattern: RegExp; readonly afterBytes: number };

export class Recording {
  readonly exchanges: readonly Exchange[];

  constructor(exchanges: readonly Exchange[]) {
    this.exchanges = exchanges;
  }

  /** "METHOD path status" of each exchange that matches. */
  lines(pattern = /./): readonly string[] {
    return this.matching(pattern).map(describeExchange);
  }

  matching(pattern: RegExp): readonly Exchange[] {
    return this.exchanges.filter((exchange) => pattern.test(describeExchange(exchange)));
  }
}

function describeExchange({ method, url, status }: Exchange): string {
  return `${method} ${url} ${status}`;
}

/**
 * Stands between a client and the hub, notes every exchange, passes bytes unchanged, and cuts an answer off when told to.
 * An answer that comes while the client is still sending may be lost on the way: ask the hub itself for those.
 */
export class RecordingProxy implements AsyncDisposable {
  readonly #exchanges: Exchange[] = [];
  readonly #server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
  readonly #target: URL;
  #cut: Cut | undefined;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** host:port, the way clients name a registry. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next answer that is long enough, to a request line that matches, ends abruptly after so many bytes of its body. */
  cutOnce(pattern: RegExp, afterBytes: number): void {
    this.#cut = { pattern, afterBytes };
  }

  /** What passes while `action` runs. */
  async record(action: () => Promise<unknown>): Promise<Recording> {
    const before = this.#exchanges.length;
    await action();
    return new Recording(this.#exchanges.slice(before));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = "GET", url = "/" } = incoming;
    const upstream = request({
      host: this.#target.hostname,
      port: this.#target.port,
      method,
      path: url,
      headers: incoming.rawHeaders as unknown as readonly string[],
    });
    incoming.pipe(upstream);
    upstream.on("error", () => outgoing.destroy());
    upstream.on("response", (answer) => {
      const { headers, rawHeaders } = incoming;
      this.#exchanges.push({ method, url, headers, rawHeaders, status: answer.statusCode ?? 0 });
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      const cut = this.#takeCut(`${method} ${url}`, answer);
      if (cut === undefined) answer.pipe(outgoing);
      else cutOff(answer, outgoing, cut.afterBytes);
    });
  }

  #takeCut(line: string, answer: IncomingMessage): Cut | undefined {
    const cut = this.#cut;
    if (!cut?.pattern.test(line)) return undefined;
    if (Number(answer.headers["content-length"]) <= cut.afterBytes) return undefined;
    this.#cut = undefined;
    return cut;
  }
}

function cutOff(answer: IncomingMessage, outgoing: ServerResponse, afterBytes: number): void {
  let left = afterBytes;
  answer.on("data", (chunk: Buffer) => {
    if (left <= 0) return;
    outgoing.write(chunk.subarray(0, left), () => {
      if (left <= 0) outgoing.destroy();
    });
    left -= chunk.length;
  });
  answer.on("end", () => outgoing.destroy());
}
