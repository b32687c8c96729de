import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { COMPILE_CACHE } from "./compile-cache.ts";

export type ServiceOptions = {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * A program that runs in the background of a test. It dies with the process that started it, even if that one is killed,
 * because the kernel sends it SIGTERM then (setpriv --pdeathsig).
 */
export class Service implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<unknown>;
  #log = "";
  #hasExited = false;
  #failure: Error | undefined;

  constructor(options: ServiceOptions) {
    this.#name = options.command;
    this.#child = spawn(
      "setpriv",
      ["--pdeathsig", "TERM", "--", options.command, ...(options.args ?? [])],
      {
        cwd: options.cwd,
        env: { PATH: process.env.PATH, LANG: "C.UTF-8", ...COMPILE_CACHE, ...options.env },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      },
    );
    this.#exited = new Promise<void>((resolve) => {
      this.#child.once("error", (error) => {
        this.#failure = error;
        resolve();
      });
      this.#child.once("close", () => resolve());
    }).then(() => {
      this.#hasExited = true;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    }
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`${this.#name} did not start`, { cause: this.#failure });
    return pid;
  }

  /** Whether the program ends by itself within `patienceMs`. */
  async endsWithin(patienceMs: number): Promise<boolean> {
    await Promise.race([this.#exited, delay(patienceMs, undefined, { ref: false })]);
    return this.#hasExited;
  }

  /** Everything the program has written to either stream. */
  get log(): string {
    return this.#log;
  }

  /** Waits until the log matches; throws with the log when the program ends or the time is up before that. */
  async waitForLog(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    return this.waitFor(
      `log ${pattern}`,
      async () => pattern.exec(this.#log) ?? undefined,
      timeoutMs,
    );
  }

  /** Asks `probe` again and again until it answers; throws with the log as waitForLog does. */
  async waitFor<T>(
    what: string,
    probe: () => Promise<T | undefined>,
    timeoutMs = 20_000,
  ): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const answer = await probe();
      if (answer !== undefined) return answer;
      if (this.#hasExited) throw this.#giveUp(`ended before ${what}`);
      if (Date.now() > deadline) throw this.#giveUp(`did not reach ${what} in ${timeoutMs} ms`);
      await delay(25);
    }
  }

  /** Asks the program to end; after `patienceMs` kills it and all it has started. */
  async stop(signal: NodeJS.Signals = "SIGTERM", patienceMs = 15_000): Promise<void> {
    if (this.#hasExited) return;
    this.#child.kill(signal);
    const impatience = setTimeout(() => process.kill(-this.pid, "SIGKILL"), patienceMs);
    await this.#exited;
    clearTimeout(impatience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #giveUp(why: string): Error {
    return new Error(`${this.#name} ${why}; it said:\n${this.#log.slice(-4000)}`, {
      cause: this.#failure,
    });
  }
}
