import { createInterface } from "node:readline/promises";
import { type Readable, Writable } from "node:stream";

interface SecretStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  readonly signal: AbortSignal;
}

/** Reads secrets: from a person without showing them, from a script line by line. */
export class SecretInput {
  readonly #streams: SecretStreams;
  #lines: AsyncIterator<string> | undefined;

  constructor(streams: SecretStreams) {
    this.#streams = streams;
  }

  /** Empty when there is no more input. */
  async ask(label: string): Promise<string> {
    return this.#streams.stdin.isTTY === true
      ? await this.#askPerson(label)
      : await this.#readLine();
  }

  async #askPerson(label: string): Promise<string> {
    const { stdin, stderr, signal } = this.#streams;
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input: stdin, output: nowhere, terminal: true });
    stderr.write(`${label}: `);
    try {
      return await reader.question("", { signal });
    } finally {
      reader.close();
      stderr.write("\n");
    }
  }

  async #readLine(): Promise<string> {
    const { stdin: input } = this.#streams;
    this.#lines ??= createInterface({ input, terminal: false })[Symbol.asyncIterator]();
    const { value, done } = await this.#lines.next();
    return done === true ? "" : value;
  }
}
