import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { type Database, writeIfPossible } from "../platform/db/index.ts";
import type { Transfer } from "../registry/index.ts";
import { findWholeRepository } from "../repositories/index.ts";
import { hourOf } from "./named-rows.ts";
import type { PullTables } from "./tables.ts";
import { addTraffic } from "./traffic-store.ts";

interface TrafficLogDeps {
  readonly database: Database<PullTables>;
  readonly clock: () => Date;
  readonly log: Logger;
}

interface Sum extends Pick<Transfer, "repository"> {
  readonly account: string;
  readonly credential: string;
  pulledBytes: number;
  pushes: number;
  pushedBytes: number;
}

/** So that a transaction is over before a push has waited for it. */
const BATCH = 100;
/** Repositories with who asked, between two writes. */
const SUMS = 20_000;

/** Sums up what goes over the wire, as `PullLog` counts pulls: in memory, and written every second behind the answers. */
export class TrafficLog {
  readonly #deps: TrafficLogDeps;
  #sums = new Map<string, Sum>();
  #lost = 0;

  constructor(deps: TrafficLogDeps) {
    this.#deps = deps;
  }

  note(transfer: Transfer): void {
    const sum = this.#sumOf(transfer);
    if (sum === undefined) this.#lost += 1;
    else add(sum, transfer);
  }

  /** Called every second, and at the end. */
  async flush(): Promise<void> {
    if (this.#lost > 0) this.#deps.log.warn({ lost: this.#lost }, "transfers not counted");
    this.#lost = 0;
    const taken = this.#sums;
    if (taken.size === 0) return;
    this.#sums = new Map();
    const entries = [...taken];
    const hour = hourOf(this.#deps.clock());
    for (let start = 0; start < entries.length; start += BATCH) {
      const some = entries.slice(start, start + BATCH);
      const isWritten = await writeIfPossible(this.#deps.database, async (trx) => {
        for (const [, sum] of some) await record(trx, hour, sum);
      });
      // The disk is full, or another process holds the database: it is written once that is over.
      if (!isWritten) return this.#giveBack(entries.slice(start));
    }
  }

  #sumOf({ repository, principal }: Transfer): Sum | undefined {
    const { name: account, credential } = principal;
    const label = credential?.label ?? "";
    const key = JSON.stringify([repository, account, label]);
    const known = this.#sums.get(key);
    if (known !== undefined || this.#sums.size >= SUMS) return known;
    const sum = {
      repository,
      account,
      credential: label,
      pulledBytes: 0,
      pushes: 0,
      pushedBytes: 0,
    };
    this.#sums.set(key, sum);
    return sum;
  }

  #giveBack(entries: readonly (readonly [string, Sum])[]): void {
    for (const [key, sum] of entries) {
      const newer = this.#sums.get(key);
      if (newer === undefined) {
        this.#sums.set(key, sum);
        continue;
      }
      newer.pulledBytes += sum.pulledBytes;
      newer.pushes += sum.pushes;
      newer.pushedBytes += sum.pushedBytes;
    }
  }
}

function add(sum: Sum, { kind, bytes }: Transfer): void {
  if (kind === "layer sent") sum.pulledBytes += bytes;
  else sum.pushedBytes += bytes;
  if (kind === "manifest stored") sum.pushes += 1;
}

/** What was removed meanwhile is counted nowhere. */
async function record(trx: Kysely<PullTables>, hour: number, sum: Sum): Promise<void> {
  const found = await findWholeRepository(trx, sum.repository);
  if (found === undefined) return;
  await addTraffic(trx, found.id, {
    hour,
    namespace_id: found.namespaceId ?? null,
    repository: found.name,
    account: sum.account,
    credential: sum.credential,
    pulls: 0,
    pulled_bytes: sum.pulledBytes,
    pushes: sum.pushes,
    pushed_bytes: sum.pushedBytes,
  });
}
