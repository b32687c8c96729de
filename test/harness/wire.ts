import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection whose bytes a test looks at one by one: what came, and whether and how it ended. */
export class Wire implements Disposable {
  readonly socket: Socket;
  #received = "";
  #ending: "fin" | "reset" | undefined;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on("end", () => this.#end("fin"));
    socket.on("error", () => this.#end("reset"));
    socket.on("close", () => this.#end("fin"));
  }

  static async open(port: number, host = "127.0.0.1"): Promise<Wire> {
    const socket = connect({ port, host, allowHalfOpen: true });
    await once(socket, "connect");
    return new Wire(socket);
  }

  static over(socket: Socket): Wire {
    return new Wire(socket);
  }

  /** All that has come so far. */
  get received(): string {
    return this.#received;
  }

  send(text: string | Uint8Array): void {
    if (typeof text === "string") this.socket.write(text, "latin1");
    else this.socket.write(text);
  }

  /** Waits until the text has come; fails when the connection ends without it. */
  async until(text: string): Promise<string> {
    await this.#waitFor(() => this.#received.includes(text) || this.#ending !== undefined);
    if (this.#received.includes(text)) return this.#received;
    throw new Error(
      `the connection ended (${this.#ending}) after: ${this.#received.slice(0, 500)}`,
    );
  }

  /** Waits for the other side to close: in order, or by a reset that may have thrown away what it had sent. */
  async ending(): Promise<"fin" | "reset"> {
    await this.#waitFor(() => this.#ending !== undefined);
    return this.#ending ?? "fin";
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #end(how: "fin" | "reset"): void {
    this.#ending ??= how;
    this.#wake();
  }

  async #waitFor(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
