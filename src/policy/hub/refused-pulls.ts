import { ANONYMOUS, type Authoriser, type Principal } from "../../access/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Puller } from "../store/pulled-store.ts";

export interface PullerDeps {
  readonly authoriser: Authoriser;
  /** The account as it is now, without a credential; undefined unless it is in force. */
  readonly findAccount: (
    puller: Pick<Puller, "account" | "accountId">,
  ) => Promise<Principal | undefined>;
}

export interface RefusedPulls {
  readonly pulls: number;
  /** Up to ten, those who pulled most first. */
  readonly accounts: readonly string[];
}

const NAMED = 10;

/**
 * Of pulls of an image that does not meet a policy, those that the policy refuses: whoever may push to the repository reads it
 * nevertheless, unless what they showed was not made for that. The gate asks the same of whoever stands before it.
 */
export class PullersNow {
  readonly #deps: PullerDeps;
  readonly #known = new Map<string, boolean>();

  constructor(deps: PullerDeps) {
    this.#deps = deps;
  }

  async countRefused(place: Repository, pullers: readonly Puller[]): Promise<RefusedPulls> {
    const accounts: string[] = [];
    let pulls = 0;
    for (const puller of pullers) {
      const passed = (await this.#mayPush(place, puller)) ? puller.writerPulls : 0;
      if (passed === puller.pulls) continue;
      pulls += puller.pulls - passed;
      if (accounts.length < NAMED) accounts.push(puller.account);
    }
    return { pulls, accounts };
  }

  async #mayPush(place: Repository, puller: Puller): Promise<boolean> {
    if (puller.writerPulls === 0) return false;
    const key = `${place.id} ${puller.accountId} ${puller.account}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const mayPush = await this.#ask(place, puller);
    this.#known.set(key, mayPush);
    return mayPush;
  }

  async #ask({ name: repository }: Repository, puller: Puller): Promise<boolean> {
    const { authoriser, findAccount } = this.#deps;
    const isAnybody = puller.account === ANONYMOUS.name && puller.accountId === undefined;
    const principal = isAnybody ? ANONYMOUS : await findAccount(puller);
    if (principal === undefined) return false;
    return (await authoriser.decide({ principal, right: "push", repository })).kind === "allow";
  }
}
