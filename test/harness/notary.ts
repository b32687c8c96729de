import { join } from "node:path";
import { attempt, type Finished, run } from "./command.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

const PASSPHRASES = {
  NOTARY_ROOT_PASSPHRASE: "a root passphrase",
  NOTARY_TARGETS_PASSPHRASE: "a targets passphrase",
  NOTARY_SNAPSHOT_PASSPHRASE: "a snapshot passphrase",
  NOTARY_DELEGATION_PASSPHRASE: "a delegation passphrase",
};

interface NotaryOptions {
  readonly url: string;
  readonly user?: { readonly name: string; readonly password: string };
}

/** Debian's notary client, with keys and a cache of its own. */
export class Notary implements AsyncDisposable {
  readonly home: string;
  readonly #directory: TempDirectory;
  readonly #options: NotaryOptions;

  private constructor(directory: TempDirectory, options: NotaryOptions) {
    this.home = directory.path;
    this.#directory = directory;
    this.#options = options;
  }

  static async open(options: NotaryOptions): Promise<Notary> {
    return new Notary(await makeTempDirectory("notary"), options);
  }

  /** Throws with all that it said unless it succeeded. */
  async run(...words: readonly string[]): Promise<string> {
    return (await run("notary", this.#words(words), { env: this.#environment() })).output;
  }

  /** The same with something typed. */
  async answer(input: string, ...words: readonly string[]): Promise<string> {
    return (await run("notary", this.#words(words), { env: this.#environment(), input })).output;
  }

  /** What it said when it failed. */
  async refused(...words: readonly string[]): Promise<string> {
    const finished: Finished = await attempt("notary", this.#words(words), {
      env: this.#environment(),
    });
    if (finished.exitCode === 0) throw new Error(`it did not fail: ${finished.output}`);
    return finished.output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory[Symbol.asyncDispose]();
  }

  #words(words: readonly string[]): string[] {
    return ["-s", this.#options.url, "-d", join(this.home, "trust"), ...words];
  }

  #environment() {
    const { user } = this.#options;
    const auth = user && Buffer.from(`${user.name}:${user.password}`).toString("base64");
    return {
      ...PASSPHRASES,
      HOME: this.home,
      ...(auth === undefined ? {} : { NOTARY_AUTH: auth }),
    };
  }
}
