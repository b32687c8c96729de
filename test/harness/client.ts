import { noteSecret } from "./canaries.ts";
import { attempt, type CommandOptions, type Finished, run } from "./command.ts";
import type { TempDirectory } from "./temp-directory.ts";

export type ClientSetup = {
  readonly command: string;
  /** Arguments before every subcommand, such as the storage to use. */
  readonly globalArgs?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly home: TempDirectory;
};

export type User = { readonly name: string; readonly password: string };

/** A command-line registry client with a home of its own: what one test logs in to or pulls is unknown to the next. */
export class Client implements AsyncDisposable {
  readonly #setup: ClientSetup;

  constructor(setup: ClientSetup) {
    this.#setup = setup;
  }

  /** For scripts that run the client themselves, as a person's shell does. */
  get environment(): Readonly<Record<string, string>> {
    return this.#setup.environment;
  }

  get home(): string {
    return this.#setup.home.path;
  }

  /** Runs a subcommand that has to succeed and gives what it printed to standard output. */
  async run(...args: readonly string[]): Promise<string> {
    const { command, globalArgs = [] } = this.#setup;
    const finished = await run(command, [...globalArgs, ...args], this.#options());
    return finished.stdout.trim();
  }

  /** As `run`, with something to read on standard input. */
  async feed(input: string | Uint8Array, ...args: readonly string[]): Promise<Finished> {
    const { command, globalArgs = [] } = this.#setup;
    return run(command, [...globalArgs, ...args], { ...this.#options(), input });
  }

  /** Runs a subcommand that has to fail and gives what the person in front of it sees. */
  async refused(...args: readonly string[]): Promise<string> {
    return this.#expectRefusal(args);
  }

  async login(registry: string, user: User): Promise<string> {
    noteSecret(user.password);
    const finished = await this.feed(user.password, ...loginArgs(registry, user));
    return finished.output;
  }

  /** Logs in with credentials that have to be refused and gives what the person sees. */
  async loginRefused(registry: string, user: User): Promise<string> {
    return this.#expectRefusal(loginArgs(registry, user), user.password);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#setup.home[Symbol.asyncDispose]();
  }

  async #expectRefusal(args: readonly string[], input = ""): Promise<string> {
    const { command, globalArgs = [] } = this.#setup;
    const options = { ...this.#options(), input };
    const finished = await attempt(command, [...globalArgs, ...args], options);
    if (finished.exitCode !== 0) return finished.output;
    throw new Error(`${command} ${args.join(" ")} succeeded: ${finished.output}`);
  }

  #options(): CommandOptions {
    return { env: this.#setup.environment, cwd: this.home };
  }
}

function loginArgs(registry: string, user: User): readonly string[] {
  return ["login", "--username", user.name, "--password-stdin", registry];
}
