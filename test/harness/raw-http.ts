import { once } from "node:events";
import { connect, type Socket } from "node:net";

export type RawAnswer = {
  readonly status: number;
  /** Names in lower case; a header that came twice is an error of this reader's. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
};

/** A server that says nothing for so long will not answer. */
const SILENCE_MS = 15_000;

/** One connection on which a test writes requests byte by byte, as a client was seen to do. */
export class RawConnection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #closed: Promise<unknown>;
  #received = Buffer.alloc(0);
  #hasEnded = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("close", () => {
      this.#hasEnded = true;
      this.#wake();
    });
    // A connection reset shows as an answer that never came, in receive().
    socket.on("error", () => undefined);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
  }

  static async open(host: string): Promise<RawConnection> {
    const [name, port] = host.split(":");
    const socket = connect({ host: name ?? "", port: Number(port) });
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  /** Writes the bytes and waits until the kernel has taken them; text lines of a request end in CRLF. */
  async send(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    for (const part of parts) {
      const isTaken = this.#socket.write(part);
      if (!isTaken) await Promise.race([once(this.#socket, "drain"), this.#closed]);
    }
  }

  /** Reads one answer; `toHead` because the answer to HEAD announces a body that does not come. */
  async receive(toHead = false): Promise<RawAnswer> {
    const headEnd = await this.#waitFor(() => indexAfter(this.#received, "\r\n\r\n"));
    const head = this.#take(headEnd).toString("latin1");
    const [statusLine = "", ...lines] = head.trimEnd().split("\r\n");
    const status = Number(statusLine.split(" ")[1]);
    const headers = parseHeaders(lines);
    const hasBody = !toHead && status >= 200 && status !== 204 && status !== 304;
    return { status, headers, body: hasBody ? await this.#body(headers) : Buffer.alloc(0) };
  }

  /** Says that nothing more will be sent, and goes on reading. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection in the middle of whatever is being sent. */
  destroy(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }

  async #body(headers: ReadonlyMap<string, string>): Promise<Buffer> {
    if (headers.get("transfer-encoding") === "chunked") return this.#chunkedBody();
    const length = headers.get("content-length");
    if (length === undefined) {
      await this.#waitFor(() => (this.#hasEnded ? 0 : undefined));
      return this.#take(this.#received.length);
    }
    await this.#waitFor(() => (this.#received.length >= Number(length) ? 0 : undefined));
    return this.#take(Number(length));
  }

  async #chunkedBody(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const lineEnd = await this.#waitFor(() => indexAfter(this.#received, "\r\n"));
      const size = Number.parseInt(this.#take(lineEnd).toString("latin1"), 16);
      await this.#waitFor(() => (this.#received.length >= size + 2 ? 0 : undefined));
      chunks.push(this.#take(size));
      this.#take(2);
      if (size === 0) return Buffer.concat(chunks);
    }
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  async #waitFor(look: () => number | undefined): Promise<number> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#hasEnded) throw new Error("the connection was closed before the answer was whole");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Sends one request on a connection of its own and reads the answer. */
export async function exchange(
  host: string,
  lines: readonly string[],
  body: string | Uint8Array = "",
): Promise<RawAnswer> {
  await using connection = await RawConnection.open(host);
  await connection.send(requestHead(host, lines), body);
  return await connection.receive(lines[0]?.startsWith("HEAD "));
}

/** Request line and header lines as text; Host is added because it depends on the port. */
export function requestHead(host: string, lines: readonly string[]): string {
  const [requestLine, ...headers] = lines;
  return [requestLine, `Host: ${host}`, ...headers, "", ""].join("\r\n");
}

/** The chunked transfer coding of a body, in pieces of the given sizes. */
export function chunked(...pieces: readonly Uint8Array[]): Buffer {
  const coded = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...coded, Buffer.from("0\r\n\r\n")]);
}

function parseHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (headers.has(name)) throw new Error(`the header ${name} came twice`);
    headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

function indexAfter(bytes: Buffer, mark: string): number | undefined {
  const index = bytes.indexOf(mark);
  return index === -1 ? undefined : index + mark.length;
}
