import { createHash } from "node:crypto";

/** What an entry says. Times are in milliseconds, UTC. */
export interface EntryFacts {
  readonly seq: number;
  readonly at: number;
  /** As Docker Hub calls it where it has a name for it: `repo.tag.push`, `org.member.add`. */
  readonly action: string;
  /** The user or organization that it concerns. */
  readonly account: string;
  /** Of the thing itself. */
  readonly name: string;
  readonly actor: string;
  readonly actorId: number | null;
  /** Kind, id and label of what the actor showed; never a secret. */
  readonly credential: string | null;
  readonly address: string;
  readonly client: string;
  readonly outcome: "done" | "refused";
  /** JSON. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface Entry extends EntryFacts {
  /** The hash of the entry before. */
  readonly previous: string;
  readonly hash: string;
}

/** Where a chain begins: the very start, or the last entry that retention removed. */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
}

export const GENESIS: Anchor = { seq: 0, hash: "0".repeat(64) };

/** What is wrong with a chain, and where. */
export interface ChainFault {
  readonly seq: number;
  readonly why: string;
}

/** An entry that follows this one. */
export function chain(facts: EntryFacts, before: Anchor): Entry {
  return { ...facts, previous: before.hash, hash: hashOf(facts, before.hash) };
}

/** Goes over entries in their order; finds the first fault, and knows the head it has reached. */
export class ChainCheck {
  #head: Anchor;
  #fault: ChainFault | undefined;
  #entries = 0;
  readonly #wanted: string | undefined;
  #hasWanted: boolean;

  /** `wantedHead`: the hash of an entry that has to be there, as an earlier check printed it. */
  constructor(start: Anchor, wantedHead?: string) {
    this.#head = start;
    this.#wanted = wantedHead;
    this.#hasWanted = wantedHead === undefined || wantedHead === start.hash;
  }

  add(entry: Entry): void {
    if (this.#fault !== undefined) return;
    const why = findFault(entry, this.#head);
    if (why !== undefined) {
      this.#fault = { seq: entry.seq, why };
      return;
    }
    this.#entries += 1;
    this.#head = { seq: entry.seq, hash: entry.hash };
    if (entry.hash === this.#wanted) this.#hasWanted = true;
  }

  get entries(): number {
    return this.#entries;
  }

  get head(): Anchor {
    return this.#head;
  }

  end(): ChainFault | undefined {
    if (this.#fault !== undefined || this.#hasWanted) return this.#fault;
    const why =
      "the chain ends without the head that was asked for: entries at its end are missing, or all were replaced";
    return { seq: this.#head.seq, why };
  }
}

function findFault(entry: Entry, before: Anchor): string | undefined {
  if (entry.seq !== before.seq + 1) {
    return `entry ${entry.seq} follows entry ${before.seq}: some are missing, or their order was changed`;
  }
  if (entry.previous !== before.hash) return "it does not follow the entry before it";
  if (entry.hash !== hashOf(entry, entry.previous)) return "what it says was changed";
  return undefined;
}

/** A JSON list has one reading, whatever the texts in it hold. */
function hashOf(facts: EntryFacts, previous: string): string {
  const { seq, at, action, account, name, actor, actorId, credential } = facts;
  const { address, client, outcome, before, after } = facts;
  const list = [
    previous,
    seq,
    at,
    action,
    account,
    name,
    actor,
    actorId,
    credential,
    address,
    client,
    outcome,
    before,
    after,
  ];
  return createHash("sha256").update(JSON.stringify(list)).digest("hex");
}
