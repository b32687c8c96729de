import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { z } from "zod";
import type { Caller, Journal, Origin } from "../../access/index.ts";
import type { triggerCall } from "../../contract/build-inputs.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildWish } from "../build-options.ts";
import type { BuildId } from "../tables.ts";
import type { StartDeps } from "./start-deps.ts";
import {
  type BuildTrigger,
  findTrigger,
  insertTrigger,
  listTriggers,
  noteTriggerUse,
  removeTrigger,
} from "./triggers-store.ts";

export interface TriggersDeps extends StartDeps {
  readonly journal: Journal;
}

interface MadeTrigger {
  readonly trigger: BuildTrigger;
  /** Shown this once. */
  readonly secret: string;
}

const MOST = 20;
/** Compared with where there is no trigger. */
const NOBODY = hashOf(randomUUID());

/** Addresses by which other programs start builds: whoever knows one may, and may nothing else. */
export class Triggers {
  readonly #deps: TriggersDeps;

  constructor(deps: TriggersDeps) {
    this.#deps = deps;
  }

  async list(repository: RepositoryId): Promise<readonly BuildTrigger[]> {
    return await listTriggers(this.#deps.database.reader, repository);
  }

  /** Throws TOO_MANY, or DENIED for what is no person. */
  async create(repository: Repository, caller: Caller, label: string): Promise<MadeTrigger> {
    const { database, journal, clock } = this.#deps;
    const { accountId, kind, name } = caller.by;
    if (kind !== "user" || accountId === undefined)
      throw new ProblemError(PROBLEMS.DENIED, {
        detail: "images are published on the right of who makes the trigger: that takes a person",
      });
    const secret = randomUUID();
    const trigger = {
      ...{ id: randomUUID(), repositoryId: repository.id, label, secretHash: hashOf(secret) },
      ...{ accountId, createdBy: name, createdAt: clock(), usedAt: undefined },
    };
    await database.write(async (trx) => {
      if ((await listTriggers(trx, repository.id)).length >= MOST)
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail: `a repository has at most ${MOST}` });
      await insertTrigger(trx, trigger);
      await journal.record(trx, {
        action: "repo.build.trigger.create",
        ...describe(caller, repository),
        after: { label },
      });
    });
    return { trigger, secret };
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<BuildTrigger> {
    const found = await findTrigger(this.#deps.database.reader, id);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  async remove(trigger: BuildTrigger, repository: Repository, caller: Caller): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      await removeTrigger(trx, trigger.id);
      await this.#deps.journal.record(trx, {
        action: "repo.build.trigger.delete",
        ...describe(caller, repository),
        before: { label: trigger.label },
      });
    });
  }

  /** Throws NOT_FOUND for a wrong address as for none, and what keeps a build from starting. */
  async call(
    address: { readonly id: string; readonly secret: string; readonly origin: Origin },
    body: z.output<typeof triggerCall>,
  ): Promise<readonly BuildId[]> {
    const { database, findRepository, findPerson, startAll, clock } = this.#deps;
    const trigger = await findTrigger(database.reader, address.id);
    const isRight = timingSafeEqual(
      Buffer.from(hashOf(address.secret)),
      Buffer.from(trigger?.secretHash ?? NOBODY),
    );
    const repository = trigger && (await findRepository(trigger.repositoryId));
    if (!isRight || trigger === undefined || repository === undefined)
      throw new ProblemError(PROBLEMS.NOT_FOUND);
    const by = await findPerson(trigger.accountId);
    if (by === undefined)
      throw new ProblemError(PROBLEMS.DENIED, {
        detail: `${trigger.createdBy}, who made this trigger, has no account in force any more`,
      });
    const ids = await startAll(repository, { by, origin: address.origin }, wishOf(body));
    await database.write((trx) => noteTriggerUse(trx, trigger.id, clock()));
    return ids;
  }
}

/** As Docker Hub reads it. */
function wishOf(body: z.output<typeof triggerCall>): BuildWish {
  const { source_type: type, source_name: name, docker_tag: tag } = body ?? {};
  if (name === undefined || name === "") return { tag };
  const prefix = type?.toLowerCase() === "tag" ? "refs/tags/" : "refs/heads/";
  return { ref: name.startsWith("refs/") ? name : `${prefix}${name}`, tag };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function describe({ by, origin }: Caller, { name }: Repository) {
  const [account = ""] = name.split("/", 1);
  return { by, origin, account, name };
}
