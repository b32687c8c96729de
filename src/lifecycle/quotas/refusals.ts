import type { Database } from "../../platform/db/index.ts";
import { writeIfPossible } from "../../platform/db/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { keyOf } from "./scopes.ts";
import type { Standing } from "./sentences.ts";
import { type QuotaNotice, recordExcess } from "./warnings.ts";

interface RefusalsDeps {
  readonly database: Database<LifecycleTables>;
  readonly clock: () => Date;
}

const HOUR = 3_600_000;
/** Of scopes with their resources. */
const REMEMBERED = 10_000;

/**
 * Pushes that did not fit. Their transactions leave nothing, so what is told of them is written afterwards; and clients try
 * again and again, so it is told once an hour for each scope and resource. A kill loses what was not written yet.
 */
export class Refusals {
  readonly #deps: RefusalsDeps;
  readonly #waiting = new Map<string, QuotaNotice>();
  readonly #told = new Map<string, number>();

  constructor(deps: RefusalsDeps) {
    this.#deps = deps;
  }

  /** `used` is what would be used with what was refused. */
  note(standing: Standing, actor: string): void {
    const key = `${keyOf(standing.scope)} ${standing.resource}`;
    if (this.#told.has(key) || this.#waiting.has(key)) return;
    if (this.#told.size + this.#waiting.size >= REMEMBERED) return;
    this.#waiting.set(key, { standing, actor, at: this.#deps.clock() });
  }

  /** Called every second, and at the end. */
  async flush(): Promise<void> {
    const now = this.#deps.clock().getTime();
    for (const [key, at] of this.#told) if (now - at >= HOUR) this.#told.delete(key);
    const waiting = [...this.#waiting];
    if (waiting.length === 0) return;
    const isWritten = await writeIfPossible(this.#deps.database, async (trx) => {
      for (const [, notice] of waiting) await recordExcess(trx, notice);
    });
    if (!isWritten) return;
    for (const [key] of waiting) {
      this.#waiting.delete(key);
      this.#told.set(key, now);
    }
  }
}
