import type { Caller } from "../../../access/index.ts";
import type { RetentionScope } from "../../../contract/retention.ts";
import { ProblemError } from "../../../platform/http/api/index.ts";
import type { Scope } from "../policies/policies-store.ts";
import { openScope, type RetentionAccess } from "../retention-access.ts";
import type { Run } from "./runs-store.ts";

/** Runs that open pages are told of, and who may hear it; without a scope: in more than are named. */
interface RunTold {
  readonly event: { readonly topic: "retention.run"; readonly scope?: RetentionScope };
  readonly mayHear: (caller: Caller) => Promise<boolean>;
}

interface RunNewsDeps {
  readonly access: RetentionAccess;
  /** As it is called now; empty when it is gone. */
  readonly nameOf: (scope: Scope) => Promise<string>;
}

const TOPIC = "retention.run";
/** The schedule begins thousands together, and rights are asked for each that is named. */
const NAMED_AT_ONCE = 5;

/** Runs of which scopes began, went on or ended since somebody asked. Kept in memory: whoever was not told reads anew when the hub is back. */
export class RunNews {
  readonly #deps: RunNewsDeps;
  readonly #scopes = new Map<string, Pick<Scope, "kind" | "id">>();
  #hasMore = false;

  constructor(deps: RunNewsDeps) {
    this.#deps = deps;
  }

  /** Call it when the change is committed: whoever hears of it reads at once. */
  note({ scope: { kind, id } }: Pick<Run, "scope">): void {
    const key = `${kind} ${id}`;
    if (this.#scopes.size < NAMED_AT_ONCE) this.#scopes.set(key, { kind, id });
    else if (!this.#scopes.has(key)) this.#hasMore = true;
  }

  /** What nobody has asked for is told to nobody. */
  forget(): void {
    this.#scopes.clear();
    this.#hasMore = false;
  }

  /** Each once, however often it went on. */
  async take(): Promise<readonly RunTold[]> {
    const scopes = [...this.#scopes.values()];
    const hasMore = this.#hasMore;
    this.forget();
    const told = await Promise.all(scopes.map((scope) => this.#tell(scope)));
    const more = hasMore ? [{ event: { topic: TOPIC }, mayHear: async () => true } as const] : [];
    return [...told.flatMap((one) => one ?? []), ...more];
  }

  async #tell({ kind, id }: Pick<Scope, "kind" | "id">): Promise<RunTold | undefined> {
    const name = kind === "hub" ? undefined : await this.#deps.nameOf({ kind, id, pattern: "" });
    // What is gone has no page any more.
    if (name === "") return undefined;
    const scope = { kind, ...(name !== undefined && { name }) };
    return { event: { topic: TOPIC, scope }, mayHear: (caller) => this.#mayRead(caller, scope) };
  }

  async #mayRead(caller: Caller, scope: RetentionScope): Promise<boolean> {
    try {
      await openScope(this.#deps.access, caller, { scope, wish: "read" });
      return true;
    } catch (cause) {
      if (cause instanceof ProblemError) return false;
      throw cause;
    }
  }
}
