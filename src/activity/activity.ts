import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Attempt, Deed, Journal, OpenTransaction } from "../access/index.ts";
import type { Database } from "../platform/db/index.ts";
import { failPoint } from "../platform/fail-point.ts";
import {
  type ActivityTables,
  type EntryFilter,
  findHead,
  insertEntry,
  listEntries,
  listEntriesAfter,
} from "./entries-store.ts";
import { chain, type Entry } from "./entry.ts";
import { Refusals } from "./refusals.ts";

interface ActivityDeps {
  readonly database: Database<ActivityTables>;
  readonly clock: () => Date;
  readonly log: Logger;
}

/**
 * Writes the audit trail. What was done is written in the transaction that does it. What was refused has none: it is
 * written soon after, many at a time, and lost if the process is killed before.
 */
export class Activity implements Journal {
  readonly #deps: ActivityDeps;
  readonly #refusals = new Refusals();

  constructor(deps: ActivityDeps) {
    this.#deps = deps;
  }

  async record(trx: OpenTransaction, deed: Deed): Promise<void> {
    const at = this.#deps.clock();
    await append(trx as Kysely<ActivityTables>, { deed, at, outcome: "done" });
    await failPoint("audit.recorded");
  }

  /** Something that was refused, or a login that failed. What is repeated within a minute is one more entry, with a count. */
  noteRefusal(deed: Attempt): void {
    this.#refusals.note(deed, this.#deps.clock());
  }

  /** Writes what waits. Run it every second. */
  async flush(options: { readonly isEnd?: boolean } = {}): Promise<void> {
    const { database, clock, log } = this.#deps;
    const { refusals, dropped } = this.#refusals.take(clock(), options);
    if (dropped > 0) log.warn({ dropped }, "refusals were too many to write down");
    if (refusals.length === 0) return;
    try {
      await database.write(
        async (trx) => {
          for (const refusal of refusals) await append(trx, { ...refusal, outcome: "refused" });
        },
        { survives: "process" },
      );
    } catch (cause) {
      // Such as on a full disk: whoever looks at the trail later is to find them.
      this.#refusals.putBack(refusals);
      throw cause;
    }
  }

  /** Writes what was refused up to now, with what was only counted so far. */
  async close(): Promise<void> {
    await this.flush({ isEnd: true });
  }

  async list(filter: EntryFilter & { readonly limit: number }): Promise<readonly Entry[]> {
    return await listEntries(this.#deps.database.reader, filter);
  }

  /** In their order, strictly after `seq`. */
  async listAfter(seq: number, limit: number): Promise<readonly Entry[]> {
    return await listEntriesAfter(this.#deps.database.reader, seq, limit);
  }
}

/** Transactions run one after another, so the head that is read here is the one that the entry follows. */
async function append(
  trx: Kysely<ActivityTables>,
  { deed, at, outcome }: { deed: Attempt; at: Date; outcome: Entry["outcome"] },
): Promise<void> {
  const head = await findHead(trx);
  const { by, origin } = deed;
  const facts = {
    seq: head.seq + 1,
    at: at.getTime(),
    action: deed.action,
    account: deed.account,
    name: deed.name,
    actor: by.name,
    actorId: by.accountId ?? null,
    credential: describeCredential(by),
    address: origin.address,
    client: origin.client,
    outcome,
    before: toJson(deed.before),
    after: toJson(deed.after),
  };
  await insertEntry(trx, chain(facts, head));
}

function describeCredential({ credential }: Attempt["by"]): string | null {
  if (credential === undefined) return null;
  const { kind, id, label } = credential;
  // Of a password the id is made of its hash, which is nobody's business.
  return JSON.stringify(kind === "password" ? { kind } : { kind, id, label });
}

function toJson(facts: Readonly<Record<string, unknown>> | undefined): string | null {
  return facts === undefined ? null : JSON.stringify(facts);
}
