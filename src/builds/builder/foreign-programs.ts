import { BuildFailed } from "./build-failed.ts";
import { ownPlatform } from "./preflight/own-platform.ts";

const REFUSED = /exec format error/i;
const KEPT = 64;

/** Notices that a machine was to run programs of another kind of machine, and could not. */
export class ForeignPrograms {
  readonly #platforms: readonly string[];
  #rest = "";
  #isRefused = false;

  constructor(platforms: readonly string[]) {
    const own = ownPlatform();
    this.#platforms = platforms.filter((platform) => platform !== own);
  }

  read(bytes: Buffer): void {
    if (this.#platforms.length === 0 || this.#isRefused) return;
    const text = this.#rest + bytes.toString("latin1");
    this.#isRefused = REFUSED.test(text);
    this.#rest = text.slice(-KEPT);
  }

  /** The same, or what to do about it. */
  explain(cause: unknown): unknown {
    if (!(cause instanceof BuildFailed)) return cause;
    if (!this.#isRefused && (this.#platforms.length === 0 || !REFUSED.test(cause.message)))
      return cause;
    const { exitCode } = cause;
    return new BuildFailed(
      `the machine that builds cannot run programs for ${this.#platforms.join(", ")}: ` +
        "apt-get install binfmt-support qemu-user-static there, or copy what is built elsewhere (FROM --platform=$BUILDPLATFORM)",
      { cause, exitCode, isForeign: true },
    );
  }
}
