import type { Database } from "../../platform/db/index.ts";
import { writeIfPossible } from "../../platform/db/index.ts";
import type { PullGate } from "../../registry/index.ts";
import { addReport } from "../store/policies-store.ts";
import type { PolicyTables } from "../tables.ts";
import { type PolicyVerdict, printFailure } from "../verdict.ts";

type Row = PolicyTables["pull_reports"];

/** Kinds at once; whoever tries ever new images must not fill the memory with them. */
const MOST = 10_000;

/** Counts what was refused, warned of or reported, behind the pulls. */
export class ReportLog {
  readonly #deps: {
    readonly database: Database<PolicyTables>;
    readonly clock: () => Date;
  };
  #rows = new Map<string, Row>();

  constructor(deps: {
    readonly database: Database<PolicyTables>;
    readonly clock: () => Date;
  }) {
    this.#deps = deps;
  }

  note(
    { principal, manifest }: Pick<Parameters<PullGate["judge"]>[0], "principal" | "manifest">,
    failure: PolicyVerdict & { readonly repositoryId: number },
  ): void {
    const { policy, repositoryId } = failure;
    const key = `${policy.id} ${policy.mode} ${repositoryId} ${manifest.digest}`;
    const before = this.#rows.get(key);
    if (before === undefined && this.#rows.size >= MOST) return;
    this.#rows.set(key, {
      ...{ policy_id: policy.id, mode: policy.mode, digest: manifest.digest },
      repository_id: repositoryId as Row["repository_id"],
      why: printFailure(failure),
      pulls: (before?.pulls ?? 0) + 1,
      last_by: principal.name,
      last_at: this.#deps.clock().getTime(),
    });
  }

  /** Called every second, and at the end. What cannot be written is counted no more: these are statistics. */
  async flush(): Promise<void> {
    if (this.#rows.size === 0) return;
    const rows = [...this.#rows.values()];
    this.#rows = new Map();
    for (let at = 0; at < rows.length; at += 100) {
      const part = rows.slice(at, at + 100);
      await writeIfPossible(this.#deps.database, async (trx) => {
        for (const row of part) await addReport(trx, row);
      });
    }
  }
}
