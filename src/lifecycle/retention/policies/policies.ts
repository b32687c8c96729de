import type { Caller, Deed, Journal } from "../../../access/index.ts";
import { isNamePattern } from "../../../access/index.ts";
import { PROBLEMS } from "../../../contract/problems.ts";
import type { Database } from "../../../platform/db/index.ts";
import { ProblemError } from "../../../platform/http/api/index.ts";
import type { Repository } from "../../../repositories/index.ts";
import { parseAge } from "../language/age.ts";
import { readPolicyDocument } from "../language/policy-document.ts";
import { RetentionSyntaxError } from "../language/syntax-error.ts";
import type { RetentionTables } from "../tables.ts";
import {
  findPolicy,
  findPolicyInForce,
  listPolicies,
  pausePolicy,
  removePolicy,
  type SavedPolicy,
  type Scope,
  savePolicy,
} from "./policies-store.ts";
import { nameOfScope } from "./scopes.ts";
import { type Draft, findSimulation } from "./simulations-store.ts";

interface PoliciesDeps {
  readonly database: Database<RetentionTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
}

export interface PolicyWish {
  readonly scope: Scope;
  /** What is there stays, if it is left away. */
  readonly text?: string | undefined;
  /** Null takes the hold away. */
  readonly inUse?: string | null | undefined;
  readonly simulation?: string | undefined;
  readonly isPaused?: boolean | undefined;
}

const HOUR = 3_600_000;
const PATTERNS = 32;

/** The policies of retention. Whether the caller may was decided before. */
export class RetentionPolicies {
  readonly #deps: PoliciesDeps;

  constructor(deps: PoliciesDeps) {
    this.#deps = deps;
  }

  async list(scope: Pick<Scope, "kind" | "id">): Promise<readonly SavedPolicy[]> {
    return await listPolicies(this.#deps.database.reader, scope);
  }

  async findInForce(
    repository: Pick<Repository, "id" | "name" | "namespaceId">,
  ): Promise<SavedPolicy | undefined> {
    return await findPolicyInForce(this.#deps.database.reader, repository);
  }

  async nameOf(scope: Scope): Promise<string> {
    return (await nameOfScope(this.#deps.database.reader, scope)) ?? "";
  }

  /**
   * A new or changed policy is saved only after a simulation of this very text at this place, of the last hour: nobody sets
   * what they have not seen the consequences of. Throws POLICY_INVALID, SIMULATION_REQUIRED, or TOO_MANY patterns.
   */
  async save(wish: PolicyWish, caller: Caller): Promise<SavedPolicy> {
    assertPattern(wish.scope.pattern);
    const given = wish.text === undefined ? undefined : readPolicy(wish.text).text;
    return await this.#deps.database.write(async (trx) => {
      const before = await findPolicy(trx, wish.scope);
      const text = given ?? before?.text;
      if (text === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      const inUseMs = wish.inUse === undefined ? before?.inUseMs : readInUse(wish.inUse);
      const draft = { scope: wish.scope, text, inUseMs };
      if (before?.text !== text || before.inUseMs !== inUseMs) {
        await this.#assertSimulated(trx, draft, wish.simulation);
        if (before === undefined) assertRoom(await listPolicies(trx, wish.scope));
        const by = caller.by.name;
        await savePolicy(trx, wish.scope, { ...draft, by, now: this.#deps.clock() });
      }
      const saved = await this.#settle(trx, wish);
      await this.#record(trx, { action: "retention.policy.set", caller, before, after: saved });
      return saved;
    });
  }

  async #assertSimulated(trx: Trx, draft: Draft, id: string | undefined): Promise<void> {
    const since = new Date(this.#deps.clock().getTime() - HOUR);
    const found = id === undefined ? undefined : await findSimulation(trx, draft, { id, since });
    if (found === undefined) throw new ProblemError(PROBLEMS.SIMULATION_REQUIRED);
  }

  /** Where there is none, nothing is done. */
  async remove(scope: Scope, caller: Caller): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const before = await findPolicy(trx, scope);
      if (before === undefined) return;
      await removePolicy(trx, before.id);
      await this.#record(trx, { action: "retention.policy.remove", caller, before });
    });
  }

  async #settle(trx: Trx, { scope, isPaused }: PolicyWish): Promise<SavedPolicy> {
    const now = this.#deps.clock();
    const found = await findPolicy(trx, scope);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (isPaused === undefined || isPaused === (found.pausedAt !== undefined)) return found;
    await pausePolicy(trx, found.id, isPaused ? now : undefined);
    return { ...found, pausedAt: isPaused ? now : undefined };
  }

  async #record(
    trx: Trx,
    deed: {
      readonly action: Deed["action"];
      readonly caller: Caller;
      readonly before?: SavedPolicy | undefined;
      readonly after?: SavedPolicy;
    },
  ): Promise<void> {
    const { action, caller, before, after } = deed;
    const name = (await nameOfScope(trx, (after ?? before)?.scope ?? HUB)) ?? "";
    await this.#deps.journal.record(trx, {
      ...{ action, ...caller, name },
      account: name.split("/", 1)[0] ?? "",
      ...(before && { before: toEntry(before) }),
      ...(after && { after: toEntry(after) }),
    });
  }
}

type Trx = Parameters<Parameters<Database<RetentionTables>["write"]>[0]>[0];

const HUB: Scope = { kind: "hub", id: 0, pattern: "" };

/** In whatever form it is written. Throws POLICY_INVALID with line and column. */
export function readPolicy(text: string): ReturnType<typeof readPolicyDocument> {
  try {
    return readPolicyDocument(text);
  } catch (cause) {
    if (!(cause instanceof RetentionSyntaxError)) throw cause;
    throw new ProblemError(PROBLEMS.POLICY_INVALID, { detail: cause.message, cause });
  }
}

/** Throws POLICY_INVALID. */
export function readInUse(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text === "") return undefined;
  const age = parseAge(text);
  if (age !== undefined) return age;
  const detail = `inUse: "${text}" is no age: 12h, 30d, 6w and 1y are`;
  throw new ProblemError(PROBLEMS.POLICY_INVALID, { detail });
}

export function assertPattern(pattern: string): void {
  if (pattern === "" || isNamePattern(pattern)) return;
  const detail = `"${pattern}" is no pattern of repositories: tools/* and ** are`;
  throw new ProblemError(PROBLEMS.PATTERN_INVALID, { detail });
}

function assertRoom(there: readonly SavedPolicy[]): void {
  if (there.length <= PATTERNS) return;
  const detail = `there are at most ${PATTERNS} patterns at one place`;
  throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
}

function toEntry({ text, inUseMs, pausedAt }: SavedPolicy) {
  return {
    policy: text,
    ...(inUseMs !== undefined && { inUseMs }),
    ...(pausedAt !== undefined && { paused: true }),
  };
}
