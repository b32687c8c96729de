import type { Kysely } from "kysely";
import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { type OutboxTables, recordEvent } from "../../platform/jobs/index.ts";
import { findTag } from "../../registry/index.ts";
import { findRepository, findRepositoryById, type Repository } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import {
  approveOverride,
  findOverride,
  insertOverride,
  listOverrides,
  removeOverride,
  type TagOverride,
} from "./overrides-store.ts";
import { combineLevels, type RuleLevel } from "./rules.ts";
import { listLevels } from "./tag-rules-store.ts";

/** Of the outbox, with the id of a repository as key: for open pages. */
export const OVERRIDE_TOPIC = "tag.override";

interface OverrideDeps {
  readonly database: Database<LifecycleTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly randomId: () => string;
  /** Throws NOT_FOUND or DENIED unless the caller may change what the level says about the repository. */
  readonly assertMayDecide: (
    caller: Caller,
    repository: Repository,
    level: RuleLevel,
  ) => Promise<void>;
}

export interface OverrideWish {
  readonly tag: Tag;
  readonly reason: string;
  readonly lastsMs: number;
  readonly once: boolean;
}

/** Of one repository, that wait or are good. */
const OPEN = 100;

/**
 * Exceptions from immutable tags, by two people: an admin of the repository asks, and somebody else, who could change the
 * rule itself, approves. Both are people: whatever token they use, and no robot. Both stand in the audit trail.
 */
export class TagOverrides {
  readonly #deps: OverrideDeps;

  constructor(deps: OverrideDeps) {
    this.#deps = deps;
  }

  async list({ id }: Pick<Repository, "id">): Promise<readonly TagOverride[]> {
    return await listOverrides(this.#deps.database.reader, id, this.#deps.clock());
  }

  /** Throws DENIED for who is no person, NOT_FOUND for a tag that is not there, and TOO_MANY. */
  async ask(
    { id: repositoryId, name }: Repository,
    { lastsMs, ...wish }: OverrideWish,
    caller: Caller,
  ): Promise<TagOverride> {
    const askedBy = getPerson(caller);
    const { database, clock, randomId } = this.#deps;
    return await database.write(async (trx) => {
      if ((await findRepository(trx, name)) !== repositoryId)
        throw new ProblemError(PROBLEMS.NOT_FOUND);
      if ((await findTag(trx, repositoryId, wish.tag)) === undefined)
        throw new ProblemError(PROBLEMS.NOT_FOUND, { detail: `${name} has no tag ${wish.tag}` });
      const now = clock();
      if ((await listOverrides(trx, repositoryId, now)).length >= OPEN)
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail: `${name} has ${OPEN} of them` });
      const id = randomId();
      const expiresAt = new Date(now.getTime() + lastsMs);
      await insertOverride(trx, { ...wish, id, repositoryId, expiresAt, askedBy, now });
      return await this.#record(trx, { id, name, caller, deed: "ask" });
    });
  }

  /** Throws NOT_FOUND for what is over or approved already, DENIED, and SECOND_PERSON for who asked. */
  async approve(
    id: string,
    caller: Caller,
  ): Promise<{ readonly override: TagOverride; readonly name: string }> {
    const by = getPerson(caller);
    const { database, clock, assertMayDecide } = this.#deps;
    const { repository, level } = await this.#get(database.reader, id);
    await assertMayDecide(caller, repository, level);
    const approved = await database.write(async (trx) => {
      const { override, ...now } = await this.#get(trx, id);
      // Who may decide was asked about what held a moment ago.
      const isSame = now.level === level && now.repository.name === repository.name;
      if (!isSame || override.approvedAt !== undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      if (override.askedBy.id === by) throw new ProblemError(PROBLEMS.SECOND_PERSON);
      await approveOverride(trx, id, { by, now: clock() });
      return await this.#record(trx, { id, name: repository.name, caller, deed: "approve" });
    });
    return { override: approved, name: repository.name };
  }

  /** Takes back what was asked for or approved. Throws NOT_FOUND or DENIED. */
  async withdraw(id: string, caller: Caller): Promise<void> {
    getPerson(caller);
    const { database, assertMayDecide } = this.#deps;
    const { repository } = await this.#get(database.reader, id);
    await assertMayDecide(caller, repository, "repository");
    await database.write(async (trx) => {
      await this.#get(trx, id);
      await this.#record(trx, { id, name: repository.name, caller, deed: "withdraw" });
      await removeOverride(trx, id);
    });
  }

  /** One that is not over, where it is, and which level says that the tag is immutable. */
  async #get(db: Trx, id: string) {
    const override = await findOverride(db, id);
    const isOver =
      override === undefined ||
      override.usedAt !== undefined ||
      override.expiresAt <= this.#deps.clock();
    const repository = isOver ? undefined : await findRepositoryById(db, override.repositoryId);
    if (isOver || repository === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const { immutable } = combineLevels(await listLevels(db, repository.id));
    const level: RuleLevel = immutable?.level ?? "repository";
    return { override, repository, level };
  }

  async #record(
    trx: Trx,
    entry: {
      readonly id: string;
      readonly name: string;
      readonly caller: Caller;
      readonly deed: "ask" | "approve" | "withdraw";
    },
  ): Promise<TagOverride> {
    const { id, name, caller, deed } = entry;
    const override = await findOverride(trx, id);
    if (override === undefined) throw new Error("could not find an exception just written");
    const { repositoryId, tag, reason, once, askedBy, expiresAt } = override;
    await recordEvent(trx as unknown as Kysely<OutboxTables>, {
      ...{ topic: OVERRIDE_TOPIC, orderingKey: String(repositoryId), at: this.#deps.clock() },
      payload: { repositoryId },
    });
    const [account = ""] = name.split("/", 1);
    await this.#deps.journal.record(trx, {
      ...{ ...caller, account, name: `${name}:${tag}` },
      action: `repo.tag.override.${deed}`,
      after: { reason, once, askedBy: askedBy.name, expiresAt: expiresAt.toISOString() },
    });
    await failPoint("tag-rules.before-commit");
    return override;
  }
}

type Trx = Parameters<Parameters<Database<LifecycleTables>["write"]>[0]>[0];

/** Throws DENIED for robots, and for logins that were made for less than their account. */
function getPerson({ by }: Caller): NamespaceId {
  if (by.kind === "user" && by.accountId !== undefined && by.credential?.permits === undefined)
    return by.accountId as NamespaceId;
  const detail = "this takes two people: log in with a password of your own";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}
