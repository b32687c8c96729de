import type { Database } from "../../platform/db/index.ts";
import type { PolicyScope } from "../policy.ts";
import { findNextEnd, listEndedIn } from "../store/policies-store.ts";
import type { PolicyTables } from "../tables.ts";

interface EndsDeps {
  readonly database: Pick<Database<PolicyTables>, "reader">;
  readonly onChanged: (scope: Pick<PolicyScope, "kind" | "id">) => void;
  readonly clock: () => Date;
}

/** Tells where an exception has come to its end by itself. Costs nothing while none has, and none was made or taken back. */
export class ExceptionEnds {
  readonly #deps: EndsDeps;
  /** Up to here everything was told; whoever was not told before the hub began reads anew. */
  #toldTo: Date;
  /** When the next one ends, as far as that is known. */
  #next: Date | undefined;
  #isKnown = false;

  constructor(deps: EndsDeps) {
    this.#deps = deps;
    this.#toldTo = deps.clock();
  }

  /** One was made or taken back. */
  renew(): void {
    this.#isKnown = false;
  }

  async tell(): Promise<void> {
    const { database, onChanged, clock } = this.#deps;
    const now = clock();
    if (this.#isKnown && (this.#next === undefined || now < this.#next)) return;
    // Before it is read: what is made meanwhile is read the next time.
    this.#isKnown = true;
    const ended = await listEndedIn(database.reader, { after: this.#toldTo, upTo: now });
    for (const id of ended) onChanged({ kind: "repository", id });
    this.#toldTo = now;
    this.#next = await findNextEnd(database.reader, now);
  }
}
