import type { Logger } from "pino";

/** Rejects when the hub cannot do its work. The reason is for the log: whoever may ask gets to know only which check. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<unknown>;

interface ReadinessDeps {
  /** By what each of them looks at. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** Reported in the same way, but without them the hub can do most of its work. */
  readonly warnings?: Readonly<Record<string, ReadinessCheck>>;
  readonly log: Logger;
  readonly timeoutMs?: number;
  /** How long an outcome is good for: anybody can ask, as often as they like. */
  readonly keepMs?: number;
}

export interface ReadinessReport {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, "ok" | "failed">>;
}

const TIMEOUT_MS = 5000;
const KEEP_MS = 1000;

/** Whether the hub can do its work at the moment. */
export class Readiness {
  readonly #deps: ReadinessDeps;
  #latest: Promise<ReadinessReport> | undefined;

  constructor(deps: ReadinessDeps) {
    this.#deps = deps;
  }

  look(): Promise<ReadinessReport> {
    this.#latest ??= this.#lookAnew();
    return this.#latest;
  }

  async #lookAnew(): Promise<ReadinessReport> {
    const { checks, warnings = {}, keepMs = KEEP_MS } = this.#deps;
    const [essential, others] = await Promise.all([this.#runAll(checks), this.#runAll(warnings)]);
    setTimeout(() => {
      this.#latest = undefined;
    }, keepMs).unref();
    return {
      isReady: Object.values(essential).every((outcome) => outcome === "ok"),
      checks: { ...essential, ...others },
    };
  }

  async #runAll(checks: Readonly<Record<string, ReadinessCheck>>) {
    const outcomes = Object.entries(checks).map(
      async ([name, check]) => [name, await this.#run(name, check)] as const,
    );
    return Object.fromEntries(await Promise.all(outcomes));
  }

  async #run(name: string, check: ReadinessCheck): Promise<"ok" | "failed"> {
    const { log, timeoutMs = TIMEOUT_MS } = this.#deps;
    const signal = AbortSignal.timeout(timeoutMs);
    const late = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    try {
      await Promise.race([check(signal), late]);
      return "ok";
    } catch (error) {
      log.warn({ err: error, check: name }, "readiness check failed");
      return "failed";
    }
  }
}
