import type { Logger } from "pino";

/** Rejects when the hub cannot do its work. The reason is for the log: whoever may ask gets to know only which check. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<unknown>;

interface ReadinessDeps {
  /** By what each of them looks at. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
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
    const { checks, keepMs = KEEP_MS } = this.#deps;
    const outcomes = await Promise.all(
      Object.entries(checks).map(
        async ([name, check]) => [name, await this.#run(name, check)] as const,
      ),
    );
    setTimeout(() => {
      this.#latest = undefined;
    }, keepMs).unref();
    return {
      isReady: outcomes.every(([, outcome]) => outcome === "ok"),
      checks: Object.fromEntries(outcomes),
    };
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
