import type { Caller, Journal } from "../../access/index.ts";
import { isNamePattern } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { BaseRepositories, PolicyRules, PolicyScope, PullPolicy } from "../policy.ts";
import {
  addException,
  findException,
  listExceptions,
  listPolicies,
  listReports,
  type PolicyException,
  removeException,
  removePolicy,
  savePolicy,
} from "../store/policies-store.ts";
import type { PolicyMode, PolicyTables } from "../tables.ts";
import type { PoliciesInForce } from "./policies-in-force.ts";

interface PoliciesDeps {
  readonly database: Database<PolicyTables>;
  readonly inForce: PoliciesInForce;
  readonly journal: Journal;
  /** Once it is in force: there images may be pulled that might not, or the other way round. */
  readonly onChanged: (scope: Pick<PolicyScope, "kind" | "id">) => void;
  readonly clock: () => Date;
}

/** What somebody says of a policy. */
export interface PolicyWish {
  readonly mode: PolicyMode;
  readonly tags: readonly string[];
  readonly pattern: string;
  readonly rules: PolicyRules;
  readonly bases: BaseRepositories;
}

const MOST = 100;
const DAY = 86_400_000;

/** What may be pulled. Whether the caller may say so was decided before. */
export class PullPolicies {
  readonly #deps: PoliciesDeps;

  constructor(deps: PoliciesDeps) {
    this.#deps = deps;
  }

  async list(scope: PolicyScope): Promise<readonly PullPolicy[]> {
    return await listPolicies(this.#deps.database.reader, scope);
  }

  /** Throws NOT_FOUND. */
  async get(scope: PolicyScope, name: string): Promise<PullPolicy> {
    const found = (await this.list(scope)).find((policy) => policy.name === name);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  /** Throws POLICY_INVALID, PATTERN_INVALID or TOO_MANY. */
  async set(
    scope: PolicyScope,
    name: string,
    say: { wish: PolicyWish; caller: Caller },
  ): Promise<PullPolicy> {
    const { wish, caller } = say;
    assertUsable(scope, wish);
    const { database, clock } = this.#deps;
    await database.write(async (trx) => {
      const there = await listPolicies(trx, scope);
      const before = there.find((policy) => policy.name === name);
      if (before === undefined && there.length >= MOST) throw new ProblemError(PROBLEMS.TOO_MANY);
      const updated = { updatedAt: clock(), updatedBy: caller.by.name };
      await savePolicy(trx, { scope, name, ...wish, ...updated });
      await this.#record(trx, "pull.policy.set", caller, {
        ...{ scope, name, after: toEntry(wish) },
        ...(before && { before: toEntry(before) }),
      });
    });
    await this.#applied(scope);
    return await this.get(scope, name);
  }

  /** Where there is none, nothing is done. */
  async remove(scope: PolicyScope, name: string, caller: Caller): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const before = (await listPolicies(trx, scope)).find((policy) => policy.name === name);
      if (before === undefined) return;
      await removePolicy(trx, before.id);
      await this.#record(trx, "pull.policy.remove", caller, {
        scope,
        name,
        before: toEntry(before),
      });
    });
    await this.#applied(scope);
  }

  async listExceptions({ id }: PullPolicy): Promise<readonly PolicyException[]> {
    return await listExceptions(this.#deps.database.reader, id);
  }

  async listReports({ id }: PullPolicy) {
    return await listReports(this.#deps.database.reader, id);
  }

  async except(
    policy: PullPolicy,
    wish: {
      readonly place: Repository;
      readonly digest: Digest | undefined;
      readonly reason: string;
      readonly expiresInDays: number;
    },
    caller: Caller,
  ): Promise<PolicyException> {
    const { database, clock } = this.#deps;
    const now = clock();
    const exception = {
      ...{ policyId: policy.id, repositoryId: wish.place.id, digest: wish.digest },
      ...{ reason: wish.reason, author: caller.by.name, createdAt: now },
      expiresAt: new Date(now.getTime() + wish.expiresInDays * DAY),
    };
    const id = await database.write(async (trx) => {
      const made = await addException(trx, exception);
      const { scope, name } = policy;
      const image = `${wish.place.name}${wish.digest === undefined ? "" : `@${wish.digest}`}`;
      const after = { image, reason: wish.reason, expiresAt: exception.expiresAt.toISOString() };
      await this.#record(trx, "pull.policy.except", caller, { scope, name, after });
      return made;
    });
    await this.#applied({ kind: "repository", id: wish.place.id });
    return { id, ...exception };
  }

  /** Where there is none, nothing is done. */
  async endException(policy: PullPolicy, id: number, caller: Caller): Promise<void> {
    const ended = await this.#deps.database.write(async (trx) => {
      const found = await findException(trx, policy.id, id);
      if (found === undefined) return undefined;
      await removeException(trx, id);
      const { scope, name } = policy;
      const before = { reason: found.reason, author: found.author };
      await this.#record(trx, "pull.policy.exception.end", caller, { scope, name, before });
      return found;
    });
    if (ended !== undefined) await this.#applied({ kind: "repository", id: ended.repositoryId });
  }

  async #applied(scope: Pick<PolicyScope, "kind" | "id">): Promise<void> {
    await this.#deps.inForce.load();
    this.#deps.onChanged(scope);
  }

  async #record(
    trx: Parameters<Journal["record"]>[0],
    action: Parameters<Journal["record"]>[1]["action"],
    ...[caller, about]: [
      Caller,
      {
        readonly scope: PolicyScope;
        readonly name: string;
        readonly before?: Readonly<Record<string, unknown>>;
        readonly after?: Readonly<Record<string, unknown>>;
      },
    ]
  ): Promise<void> {
    const { scope, name, ...change } = about;
    const isHub = scope.kind === "hub";
    await this.#deps.journal.record(trx, {
      ...{ action, ...caller, ...change },
      account: isHub ? "" : (scope.name.split("/", 1)[0] ?? ""),
      name: `${scope.name}:${name}`,
    });
  }
}

function toEntry({
  mode,
  tags,
  pattern,
  rules,
}: Omit<PolicyWish, "bases">): Readonly<Record<string, unknown>> {
  return { mode, tags, pattern, rules };
}

/** Throws POLICY_INVALID or PATTERN_INVALID. */
export function assertUsable(
  { kind }: PolicyScope,
  { rules, pattern }: Pick<PolicyWish, "rules" | "pattern">,
): void {
  if (Object.values(rules).every((rule) => rule === undefined || rule === false)) {
    throw new ProblemError(PROBLEMS.POLICY_INVALID, { detail: "it asks for nothing" });
  }
  const { signedBy } = rules;
  if (signedBy !== undefined && signedBy.atLeast > signedBy.anyOf.length) {
    const isSure = signedBy.anyOf.every((rule) => "key" in rule);
    if (isSure) {
      const detail = `it asks for ${signedBy.atLeast} signers and names ${signedBy.anyOf.length}`;
      throw new ProblemError(PROBLEMS.POLICY_INVALID, { detail });
    }
  }
  if (pattern === "") return;
  if (kind === "repository") {
    throw new ProblemError(PROBLEMS.PATTERN_INVALID, {
      detail: "a repository has no pattern: it is one",
    });
  }
  if (!isNamePattern(pattern)) throw new ProblemError(PROBLEMS.PATTERN_INVALID);
}
