import type { DeedName } from "../contract/deeds.ts";
import type { Origin, Principal } from "./principal.ts";

/** Something that was refused for want of a right, or of a proof. */
export interface Attempt {
  /** As Docker Hub calls it where it has a name for it: `repo.create`, `org.member.add`. */
  readonly action: string;
  readonly by: Principal;
  readonly origin: Origin;
  /** The user or organization that it concerns. */
  readonly account: string;
  /** Of the thing itself: `acme/api`, the label of a token. */
  readonly name: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** Something that was done. */
export interface Deed extends Attempt {
  readonly action: DeedName;
}

/** An open transaction, of whatever tables its holder sees. */
export interface OpenTransaction {
  readonly isTransaction: boolean;
}

/** Where deeds are written down, in the transaction of what they tell of: both happen or neither does. */
export interface Journal {
  record(trx: OpenTransaction, deed: Deed): Promise<void>;
}
