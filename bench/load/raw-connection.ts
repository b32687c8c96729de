import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ACCEPT } from "../content.ts";

const READ_BUFFER_BYTES = 256 * 1024;
const HEAD_END = "\r\n\r\n";

export interface RawAnswer {
  readonly status: number;
  readonly bodyBytes: number;
}

/**
 * One HTTP/1.1 connection that throws bodies away: as little work as JavaScript can do, so that what is measured is
 * the server. Understands answers with a Content-Length only.
 */
export class RawConnection {
  readonly #socket: Socket;
  #head = "";
  #status = 0;
  #bodyBytes = 0;
  #bodyLeft = 0;
  #expectsBody = true;
  #onAnswer: (answer: RawAnswer) => void = () => {};
  #onFailure: (error: Error) => void = () => {};

  static async open(origin: string): Promise<RawConnection> {
    const connection = new RawConnection(origin);
    await once(connection.#socket, "connect");
    return connection;
  }

  private constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes: number) => {
          this.#take(buffer, bytes);
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => this.#onFailure(error));
    this.#socket.on("close", () => this.#onFailure(new Error("the server closed the connection")));
  }

  /** Sends one request; the next one may follow when its answer is there. */
  exchange(request: Buffer, expectsBody: boolean): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#onAnswer = resolve;
      this.#onFailure = reject;
      this.#expectsBody = expectsBody;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#onFailure = () => {};
    this.#socket.destroy();
  }

  #take(buffer: Buffer, bytes: number): void {
    if (this.#bodyLeft > 0) this.#takeBody(bytes);
    else this.#takeHead(buffer, bytes);
  }

  #takeHead(buffer: Buffer, bytes: number): void {
    const start = this.#head.length;
    this.#head += buffer.toString("latin1", 0, Math.min(bytes, 8192));
    const end = this.#head.indexOf(HEAD_END, Math.max(0, start - HEAD_END.length));
    if (end < 0) return;
    const head = this.#head.slice(0, end);
    this.#head = "";
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`);
    this.#bodyBytes = this.#expectsBody ? Number(length) : 0;
    this.#bodyLeft = this.#bodyBytes;
    this.#takeBody(bytes - (end + HEAD_END.length - start));
  }

  #takeBody(bytes: number): void {
    this.#bodyLeft -= bytes;
    if (this.#bodyLeft > 0) return;
    if (this.#bodyLeft < 0) throw new Error("the server sent more than it announced");
    this.#onAnswer({ status: this.#status, bodyBytes: this.#bodyBytes });
  }
}

export function rawRequest(method: "GET" | "HEAD", url: string): Buffer {
  const { host, pathname, search } = new URL(url);
  const head = `${method} ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${ACCEPT}`;
  return Buffer.from(`${head}\r\n\r\n`);
}
