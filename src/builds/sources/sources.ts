import { randomBytes } from "node:crypto";
import type { z } from "zod";
import type { Caller, Journal } from "../../access/index.ts";
import type { newBuildSource } from "../../contract/build-sources.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Sealing } from "../../platform/keys/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import { removeSettledRefs } from "../git/git-refs-store.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { PushedRefs } from "../git/pushed-refs.ts";
import { parseSourceAddress, type SourceAddress } from "../git/source-address.ts";
import { SourceError } from "../git/source-error.ts";
import { resolveBuildPaths } from "../rules/build-paths.ts";
import { BuildRuleError } from "../rules/build-rule-error.ts";
import type { BuildTables } from "../tables.ts";
import { prepareDeployKey } from "./deploy-key.ts";
import { tellSource } from "./source-news.ts";
import { type ReachDeps, resolveSource } from "./source-reach.ts";
import { contextOf } from "./source-secrets.ts";
import {
  type BuildSource,
  findSourceOf,
  insertSource,
  removeSource,
  wantSource,
} from "./sources-store.ts";

export interface SourcesDeps {
  readonly database: Database<BuildTables>;
  readonly git: GitRepositories;
  readonly pushed: PushedRefs;
  readonly reach: ReachDeps;
  readonly sealing: Sealing;
  readonly journal: Journal;
  readonly isOn: boolean;
  readonly clock: () => Date;
  /** Told that one is due. */
  readonly onWanted: () => void;
}

type Wish = z.output<typeof newBuildSource>;

interface MadeSource {
  readonly source: BuildSource;
  /** Shown this once, unless whoever asked brought it. */
  readonly hookSecret: string | undefined;
}

/** Which Git server a repository is built from. Whether the caller may say so is decided before. */
export class Sources {
  readonly #deps: SourcesDeps;

  constructor(deps: SourcesDeps) {
    this.#deps = deps;
  }

  async find(repository: RepositoryId): Promise<BuildSource | undefined> {
    return await findSourceOf(this.#deps.database.reader, repository);
  }

  /** Throws BUILDS_OFF, BUILD_SOURCE_INVALID, NAME_TAKEN, NOT_EMPTY or DENIED. */
  async add(repository: Repository, caller: Caller, wish: Wish): Promise<MadeSource> {
    const { database, git, pushed, clock, journal, isOn, onWanted } = this.#deps;
    if (!isOn) throw new ProblemError(PROBLEMS.BUILDS_OFF);
    const { source, hookSecret } = await this.#prepare(repository, caller, wish);
    {
      using _held = await pushed.hold(repository.id);
      if ((await this.find(repository.id)) !== undefined) throw taken();
      await git.ensureMirror(repository.id);
      await database.write(async (trx) => {
        if (!(await insertSource(trx, source))) throw taken();
        await tellSource(trx, repository.id, clock());
        // What was read of a source before it is no news of this one.
        await removeSettledRefs(trx, repository.id);
        const { url, provider, pollMs } = source;
        await journal.record(trx, {
          action: "repo.build.source.add",
          ...describe(caller, repository),
          after: {
            url,
            provider,
            pollMinutes: pollMs / 60_000,
            credential: credentialOf(source),
            submodules: source.submoduleHosts,
          },
        });
      });
    }
    onWanted();
    return { source: { ...source, wantedAt: clock() }, hookSecret };
  }

  async #prepare(repository: Repository, caller: Caller, wish: Wish): Promise<MadeSource> {
    const { reach, sealing, clock } = this.#deps;
    const { accountId, kind, name } = caller.by;
    if (kind !== "user" || accountId === undefined)
      throw new ProblemError(PROBLEMS.DENIED, {
        detail: "images are published on the right of who adds the source: that takes a person",
      });
    try {
      const address = parseSourceAddress(wish.url);
      assertFit(address, wish);
      await resolveSource(address, reach);
      if (wish.context !== undefined) resolveBuildPaths(wish);
      const key = wish.deployKey === undefined ? undefined : await prepareDeployKey(wish.deployKey);
      const id = randomBytes(16).toString("base64url");
      const secret = wish.hookSecret ?? randomBytes(32).toString("base64url");
      const source = {
        ...{ id, repositoryId: repository.id, url: address.url, provider: wish.provider },
        ...{ context: wish.context, username: wish.username, publicKey: key?.publicKey },
        sealedToken: wish.token && sealing.seal(wish.token, contextOf(id, "token")),
        sealedKey: key && sealing.seal(key.privateKey, contextOf(id, "key")),
        sealedHookSecret: sealing.seal(secret, contextOf(id, "hook")),
        ...{ hostKeys: undefined, pollMs: wish.pollMinutes * 60_000, accountId, createdBy: name },
        ...{ createdAt: clock(), wantedAt: clock(), wantedRefs: [], nextLookAt: clock() },
        ...{ wantedProposals: [], submoduleHosts: wish.submodules },
        ...{ failures: 0, why: undefined, fetchedAt: undefined },
      };
      return { source, hookSecret: wish.hookSecret === undefined ? secret : undefined };
    } catch (cause) {
      if (!(cause instanceof SourceError) && !(cause instanceof BuildRuleError)) throw cause;
      throw new ProblemError(PROBLEMS.BUILD_SOURCE_INVALID, { detail: cause.message, cause });
    }
  }

  /** Throws BUILD_SOURCE_NONE. */
  async fetch(repository: Repository): Promise<BuildSource> {
    const { database, clock, onWanted } = this.#deps;
    const { id } = await this.get(repository.id);
    await database.write(async (trx) => {
      await wantSource(trx, { id, refs: [], now: clock() });
      await tellSource(trx, repository.id, clock());
    });
    onWanted();
    return await this.get(repository.id);
  }

  /** Throws BUILD_SOURCE_NONE. */
  async get(repository: RepositoryId): Promise<BuildSource> {
    const found = await this.find(repository);
    if (found === undefined) throw new ProblemError(PROBLEMS.BUILD_SOURCE_NONE);
    return found;
  }

  /** With what was read of it. Throws BUILD_SOURCE_NONE. */
  async remove(repository: Repository, caller: Caller): Promise<void> {
    const { database, git, pushed, journal, clock } = this.#deps;
    using _held = await pushed.hold(repository.id);
    const { url, provider } = await this.get(repository.id);
    await database.write(async (trx) => {
      await removeSource(trx, repository.id);
      await tellSource(trx, repository.id, clock());
      await removeSettledRefs(trx, repository.id);
      await journal.record(trx, {
        action: "repo.build.source.remove",
        ...describe(caller, repository),
        before: { url, provider },
      });
    });
    // Left behind by a crash, it is removed by the next push or the next source.
    if (await git.isMirror(repository.id)) await git.remove(repository.id);
  }
}

export function credentialOf(source: BuildSource): "none" | "token" | "deploy key" {
  if (source.sealedToken !== undefined) return "token";
  return source.sealedKey === undefined ? "none" : "deploy key";
}

function taken(): ProblemError {
  return new ProblemError(PROBLEMS.NAME_TAKEN, {
    detail: "the repository is built from another Git server: remove that first",
  });
}

function describe({ by, origin }: Caller, { name }: Repository) {
  const [account = ""] = name.split("/", 1);
  return { by, origin, account, name };
}

/** Throws SourceError. */
function assertFit({ protocol }: SourceAddress, wish: Wish): void {
  const { token, deployKey, username = "" } = wish;
  if (protocol === "ssh" && token !== undefined)
    throw new SourceError("a token is for https; ssh takes a deploy key");
  if (protocol !== "ssh" && deployKey !== undefined)
    throw new SourceError("a deploy key is for ssh; https takes a token");
  if (/[\s:\p{Cc}]/u.test(username) || /[\r\n\0]/.test(token ?? ""))
    throw new SourceError("the name or token holds what no header may");
}
