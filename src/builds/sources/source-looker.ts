import type { Logger } from "pino";
import type { Principal } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { Sealing } from "../../platform/keys/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import { fetchMirror, listRemoteRefs, type RemoteGit } from "../git/git-mirror.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { GitLimits } from "../git/limited-git.ts";
import type { PushedRefs } from "../git/pushed-refs.ts";
import { parseSourceAddress } from "../git/source-address.ts";
import { SourceError } from "../git/source-error.ts";
import type { BuildTables } from "../tables.ts";
import { fetchProposals, type ProposalDeps } from "./fetch-proposals.ts";
import { isNews, tellSource } from "./source-news.ts";
import { type ReachDeps, resolveSource } from "./source-reach.ts";
import { openCredential } from "./source-secrets.ts";
import {
  type BuildSource,
  endLook,
  findSource,
  forgetDeliveries,
  listDueSources,
} from "./sources-store.ts";

export interface LookerDeps extends Pick<ProposalDeps, "wantsProposal" | "onProposal"> {
  readonly database: Database<BuildTables>;
  readonly git: GitRepositories;
  readonly pushed: PushedRefs;
  readonly reach: ReachDeps;
  readonly sealing: Sealing;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  /** The account as it is now; undefined unless it is in force. */
  readonly findPerson: (accountId: number) => Promise<Principal | undefined>;
  readonly caFile: string | undefined;
  readonly limits: GitLimits;
  readonly isOn: boolean;
  readonly clock: () => Date;
  readonly random: () => number;
  readonly log: Logger;
}

const AT_ONCE = 3;
const MINUTE = 60_000;
const FIRST_WAIT_MS = MINUTE / 2;
const LONGEST_WAIT_MS = 6 * 60 * MINUTE;
/** About a day of it. */
const TRIES = 12;
const DELIVERIES_KEPT_MS = 24 * 60 * MINUTE;

/** Reads the Git servers that are due, a few at once. */
export class SourceLooker {
  readonly #deps: LookerDeps;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(deps: LookerDeps) {
    this.#deps = deps;
  }

  /** Starts what is due, unless it is underway. */
  async wake(): Promise<void> {
    if (!this.#deps.isOn || this.#stop.signal.aborted) return;
    const { database, clock } = this.#deps;
    const limit = AT_ONCE + this.#busy.size;
    for (const source of await listDueSources(database.reader, { now: clock(), limit })) {
      if (this.#busy.size >= AT_ONCE) return;
      if (this.#busy.has(source.id)) continue;
      const look = this.#look(source)
        // It is due again a while later.
        .catch((err) => this.#deps.log.error({ err, source: source.id }, "source was not read"))
        .finally(() => this.#busy.delete(source.id));
      this.#busy.set(source.id, look);
    }
  }

  async tidy(): Promise<void> {
    const { database, clock } = this.#deps;
    const before = new Date(clock().getTime() - DELIVERIES_KEPT_MS);
    await database.write((trx) => forgetDeliveries(trx, before));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#busy.values());
  }

  async #look(source: BuildSource): Promise<void> {
    const { database, clock } = this.#deps;
    try {
      const { hostKeys } = await this.#read(source);
      const nextLookAt = source.pollMs === 0 ? undefined : this.#later(source.pollMs);
      const done = { source, nextLookAt, failures: 0, why: undefined, hostKeys };
      await this.#end({ ...done, fetchedAt: clock() });
    } catch (cause) {
      // The next hub looks again.
      if (this.#stop.signal.aborted) return;
      if (!(cause instanceof SourceError))
        this.#deps.log.error({ err: cause, source: source.id }, "source could not be read");
      const why = cause instanceof SourceError ? cause.message : "the hub could not do it";
      const failures = source.failures + 1;
      const nextLookAt = this.#afterFailure(source, failures);
      await this.#end({ source, nextLookAt, failures, why });
    }
    // A webhook may have come meanwhile.
    if ((await findSource(database.reader, source.id))?.wantedAt !== undefined)
      setImmediate(() => void this.wake().catch(() => undefined));
  }

  async #end(wish: Parameters<typeof endLook>[1]): Promise<void> {
    const { database, clock } = this.#deps;
    const { source, why } = wish;
    await database.write(async (trx) => {
      await endLook(trx, wish);
      if (isNews(source, why)) await tellSource(trx, source.repositoryId, clock());
    });
  }

  async #read(source: BuildSource): Promise<{ readonly hostKeys?: string | undefined }> {
    const { git, pushed, findRepository, findPerson, limits } = this.#deps;
    const { signal } = this.#stop;
    const repository = await findRepository(source.repositoryId);
    if (repository === undefined) throw new SourceError("the repository is gone");
    const by = await findPerson(source.accountId);
    if (by === undefined)
      throw new SourceError(`${source.createdBy}, who added it, has no account in force any more`);
    const remote = await this.#connect(source);
    using _held = await pushed.hold(source.repositoryId);
    await git.ensureMirror(source.repositoryId);
    const isAsked = source.wantedAt !== undefined || source.fetchedAt === undefined;
    if (!isAsked && (await this.#isSame(source, remote))) return {};
    const path = git.pathOf(source.repositoryId);
    const { hostKeys } = await fetchMirror(path, remote, { limits, signal });
    // A hub that dies here has its branches and tags moved: what wants to be read still is, and the next one queues what comes of it.
    await failPoint("build.fetched");
    const origin = { address: "", client: `berth, for ${source.url}` };
    const caller = { by, origin };
    await pushed.settle(repository, caller, source.wantedRefs);
    const proposals = source.wantedProposals;
    await fetchProposals(this.#deps, { repository, caller, remote, proposals, signal });
    await git.compact(source.repositoryId);
    return { hostKeys };
  }

  async #isSame(source: BuildSource, remote: RemoteGit): Promise<boolean> {
    const { git, limits } = this.#deps;
    const there = await listRemoteRefs(remote, { limits, signal: this.#stop.signal });
    const here = await git.listRefs(source.repositoryId);
    return (
      [...here].every(([ref, commit]) => there.get(ref) === commit) && there.size === here.size
    );
  }

  async #connect(source: BuildSource): Promise<RemoteGit> {
    const { reach, caFile, sealing } = this.#deps;
    const address = parseSourceAddress(source.url);
    const { addresses, isNamed } = await resolveSource(address, reach);
    return {
      ...{ address, addresses, hostKeys: source.hostKeys, data: this.#deps.git.data },
      credential: openCredential(source, sealing),
      caFile: isNamed ? caFile : undefined,
    };
  }

  #afterFailure(source: BuildSource, failures: number): Date | undefined {
    const { pollMs, wantedAt } = source;
    if (failures >= TRIES && pollMs === 0) return undefined;
    const first = wantedAt === undefined ? Math.max(pollMs, FIRST_WAIT_MS) : FIRST_WAIT_MS;
    return this.#later(Math.min(LONGEST_WAIT_MS, first * 2 ** Math.min(failures - 1, 20)));
  }

  /** Not all at the same moment: a tenth more or less. */
  #later(ms: number): Date {
    const { clock, random } = this.#deps;
    return new Date(clock().getTime() + Math.round(ms * (0.9 + 0.2 * random())));
  }
}
