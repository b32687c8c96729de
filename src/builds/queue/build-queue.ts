import type { Caller, Journal } from "../../access/index.ts";
import type { BuildReason } from "../../contract/builds.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { BuildWish } from "../build-options.ts";
import type { Build } from "../builds-store.ts";
import { endBuild, findRules, insertBuild, type NewBuild } from "../builds-store.ts";
import { findCrowd } from "../find-crowd.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { GitPush } from "../git/pushed-refs.ts";
import { applyRule } from "../rules/apply-rule.ts";
import { parseBuildRule, withContext } from "../rules/build-rule.ts";
import { BuildRuleError } from "../rules/build-rule-error.ts";
import { parseGitRef } from "../rules/git-ref.ts";
import { asksToSkip } from "../rules/skip-words.ts";
import type { FetchedProposal } from "../sources/fetch-proposals.ts";
import { findSourceOf } from "../sources/sources-store.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import { tellBuild } from "../tell-builds.ts";
import { explainWait, type QueueLimits, type QueueView, type Waiting } from "./choose-next.ts";
import { isKnownBuild, takesProposal, toProposal } from "./propose.ts";
import { viewQueue } from "./queue-store.ts";

export interface QueueDeps {
  readonly database: Database<BuildTables>;
  readonly git: GitRepositories;
  readonly journal: Journal;
  /** Told of each build that waits. */
  readonly onQueued: () => void;
  /** Ends what runs of a build at once. */
  readonly stop: (id: BuildId) => void;
  readonly isOn: boolean;
  readonly queueLimits: QueueLimits;
  readonly clock: () => Date;
}

export interface WaitingPlace {
  /** From 1. */
  readonly position: number;
  readonly waits: string;
}

interface Moved {
  readonly ref: string;
  readonly commit: string;
  readonly before: string | undefined;
  readonly reason: BuildReason;
}

/** A push of hundreds of refs is somebody's whole history, not hundreds of wishes. */
const BUILDS_PER_PUSH = 20;

/** Which builds wait, and who made them. */
export class BuildQueue {
  readonly #deps: QueueDeps;

  constructor(deps: QueueDeps) {
    this.#deps = deps;
  }

  /** Queues what the rules make of a push. */
  async notePush({ repository, caller, before, after, settle }: GitPush): Promise<void> {
    const moved = [...after].flatMap(([ref, commit]) =>
      before.get(ref) === commit ? [] : [{ ref, commit, before: before.get(ref) }],
    );
    const wanted: NewBuild[] = [];
    for (const one of moved.slice(0, BUILDS_PER_PUSH)) {
      const { builds } = await this.#plan(repository, caller, { ...one, reason: "push" });
      const own = builds.filter(({ autobuild }) => autobuild).map(({ build }) => build);
      if (own.length > 0 && !(await this.#isSkipped(repository, one.commit))) wanted.push(...own);
    }
    await this.#queue(repository, caller, { builds: wanted, settle });
  }

  async #isSkipped({ id }: Repository, commit: string): Promise<boolean> {
    return asksToSkip(await this.#deps.git.messageOf(id, commit));
  }

  /** Throws BUILDS_OFF, and BUILD_RULE_INVALID where there is no such ref or no rule makes a tag of it. */
  async trigger(repository: Repository, caller: Caller, ref: string): Promise<BuildId[]> {
    const { git } = this.#deps;
    this.#assertOn();
    const refs = (await git.exists(repository.id)) ? await git.listRefs(repository.id) : undefined;
    const commit = refs?.get(ref);
    if (commit === undefined) {
      const detail = `${JSON.stringify(ref)} was not pushed to this hub; write refs/heads/BRANCH or refs/tags/TAG`;
      throw new ProblemError(PROBLEMS.BUILD_RULE_INVALID, { detail });
    }
    const { builds, why } = await this.#plan(repository, caller, {
      ref,
      commit,
      before: undefined,
      reason: "asked",
    });
    if (builds.length === 0) throw new ProblemError(PROBLEMS.BUILD_RULE_INVALID, { detail: why });
    return await this.#queue(repository, caller, { builds: builds.map(({ build }) => build) });
  }

  /** What is to be built of something else than a push. Throws BUILDS_OFF. */
  async start(
    repository: Repository,
    caller: Caller,
    wish: Omit<NewBuild, "repositoryId" | "namespace" | "by">,
  ): Promise<BuildId[]> {
    this.#assertOn();
    const place = { repositoryId: repository.id, namespace: namespaceOf(repository) };
    return await this.#queue(repository, caller, {
      builds: [{ ...wish, ...place, by: caller.by }],
    });
  }

  /** Whether any rule builds pull requests for that branch. */
  async wantsProposal(repository: Repository, base: string): Promise<boolean> {
    if (!this.#deps.isOn) return false;
    const rules = await findRules(this.#deps.database.reader, repository.id);
    const pushed = { type: "branch", name: base, commit: "", date: new Date(0) } as const;
    return rules.some(
      (rule) =>
        (rule.autotest ?? "off") !== "off" && applyRule(parseBuildRule(rule), pushed).builds,
    );
  }

  /** Queues what the rules make of a pull request, if they do; once for each commit. */
  async propose(proposal: FetchedProposal): Promise<void> {
    const { database, isOn } = this.#deps;
    const { repository, caller, ref, commit, base, isInternal } = proposal;
    const { builds } = await this.#plan(repository, caller, {
      ...{ ref: `refs/heads/${base}`, commit, before: undefined, reason: "proposal" },
    });
    const wanted: NewBuild[] = [];
    for (const { build } of builds) {
      if (!isOn || !takesProposal(build, isInternal, repository)) continue;
      const one = toProposal(build, ref, isInternal);
      if (!(await isKnownBuild(database.reader, one))) wanted.push(one);
    }
    if (wanted.length === 0 || (await this.#isSkipped(repository, commit))) return;
    await this.#queue(repository, caller, { builds: wanted });
  }

  /** Everything that is wished for, of all that was pushed. Throws BUILDS_OFF, and BUILD_RULE_INVALID where that is nothing. */
  async startAll(repository: Repository, caller: Caller, wish: BuildWish): Promise<BuildId[]> {
    this.#assertOn();
    const wanted: NewBuild[] = [];
    for (const moved of await this.#listMoved(repository, wish.ref)) {
      if (wanted.length >= BUILDS_PER_PUSH) break;
      const { builds } = await this.#plan(repository, caller, moved);
      const wished = builds.filter(({ build }) => isWished(build, wish));
      wanted.push(...wished.map(({ build }) => build));
    }
    if (wanted.length === 0)
      throw new ProblemError(PROBLEMS.BUILD_RULE_INVALID, {
        detail: "no rule makes that of any branch or tag that was pushed",
      });
    const builds = wanted.slice(0, BUILDS_PER_PUSH);
    return await this.#queue(repository, caller, { builds, settle: wish.settle });
  }

  async #listMoved({ id }: Repository, wanted: string | undefined): Promise<Moved[]> {
    const { git } = this.#deps;
    const refs = (await git.exists(id)) ? [...(await git.listRefs(id))] : [];
    return refs
      .filter(([ref]) => wanted === undefined || wanted === ref)
      .map(([ref, commit]) => ({ ref, commit, before: undefined, reason: "asked" }));
  }

  /** Throws BUILD_OVER. */
  async cancel(build: Build, repository: Repository, caller: Caller): Promise<void> {
    const { database, journal, clock } = this.#deps;
    const ending = { state: "cancelled", why: `cancelled by ${caller.by.name}` } as const;
    const from = ["queued", "running", "publishing"] as const;
    await database.write(async (trx) => {
      const wish = { id: build.id, from, ending, now: clock() };
      if (!(await endBuild(trx, wish))) throw new ProblemError(PROBLEMS.BUILD_OVER);
      await journal.record(trx, {
        action: "repo.build.cancel",
        ...describe(caller, repository, build.id),
      });
      await tellBuild(trx, "changed", { build, repository, now: clock() });
    });
    this.#deps.stop(build.id);
  }

  /** The same commit by the same rule once more, on the right of the caller. Throws BUILDS_OFF, BUILD_RUNS and BUILD_CONTEXT_GONE. */
  async retry(build: Build, repository: Repository, caller: Caller): Promise<BuildId> {
    this.#assertOn();
    if (build.endedAt === undefined) throw new ProblemError(PROBLEMS.BUILD_RUNS);
    if (build.options.upload !== undefined) throw new ProblemError(PROBLEMS.BUILD_CONTEXT_GONE);
    const [id] = await this.#queue(repository, caller, {
      builds: [{ ...build, by: caller.by, reason: "retry", namespace: namespaceOf(repository) }],
    });
    if (id === undefined) throw new Error("a build that is tried again was not queued");
    return id;
  }

  /** Where each of them stands among those that wait, and why it waits. */
  async explain(builds: readonly Build[]): Promise<ReadonlyMap<BuildId, WaitingPlace>> {
    if (builds.every(({ state }) => state !== "queued")) return new Map();
    const { database, queueLimits, clock, isOn } = this.#deps;
    const view = await viewQueue(database.reader, queueLimits, clock());
    const wanted = new Set(builds.map(({ id }) => id));
    return new Map(
      view.waiting.flatMap((one, index) =>
        wanted.has(one.id)
          ? [
              [
                one.id,
                { position: index + 1, waits: isOn ? describeWait(view, one) : OFF },
              ] as const,
            ]
          : [],
      ),
    );
  }

  #assertOn(): void {
    if (this.#deps.isOn) return;
    const detail =
      "this hub builds no images: an administrator can switch builds on (builds.builder)";
    throw new ProblemError(PROBLEMS.BUILDS_OFF, { detail });
  }

  async #plan(repository: Repository, caller: Caller, moved: Moved) {
    const { database, git, clock } = this.#deps;
    const { id: repositoryId } = repository;
    const rules = await findRules(database.reader, repositoryId);
    const source = await findSourceOf(database.reader, repositoryId);
    const changed =
      moved.before === undefined || !rules.some(({ paths }) => paths?.length)
        ? undefined
        : await git.listChanges(repositoryId, moved.before, moved.commit);
    const pushed = { ...parseGitRef(moved.ref), commit: moved.commit, date: clock(), changed };
    const reasons: string[] = [];
    const builds: { readonly build: NewBuild; readonly autobuild: boolean }[] = [];
    for (const [rule, text] of rules.entries()) {
      const applied = applyRule(parseBuildRule(withContext(text, source?.context)), pushed);
      if (!applied.builds) {
        reasons.push(`rule ${rule + 1}: ${applied.why}`);
        continue;
      }
      const { context, dockerfile, caching, autobuild, options } = applied;
      const tags = applied.tags.flatMap((one) => ("tag" in one ? [one.tag] : []));
      if (tags.length === 0) {
        reasons.push(`rule ${rule + 1} makes no tag of it`);
        continue;
      }
      const { ref, commit, reason } = moved;
      const place = { repositoryId, namespace: namespaceOf(repository) };
      const build = { ...place, rule, ref, commit, context, dockerfile, caching, tags, reason };
      builds.push({ build: { ...build, options, by: caller.by }, autobuild });
    }
    return { builds, why: reasons.join("; ") || "the repository has no build rules" };
  }

  async #queue(
    repository: Repository,
    caller: Caller,
    { builds, settle }: { builds: readonly NewBuild[]; settle?: GitPush["settle"] | undefined },
  ): Promise<BuildId[]> {
    const { database, journal, clock, onQueued } = this.#deps;
    if (builds.length === 0 && settle === undefined) return [];
    const ids = await database.write(async (trx) => {
      const made: BuildId[] = [];
      for (const build of builds) {
        const id = await insertBuild(trx, build, clock());
        const how = { now: clock(), wasPushed: settle !== undefined };
        const isRefused = await refuseCrowd(trx, { ...build, id }, how);
        await journal.record(trx, {
          action: build.reason === "retry" ? "repo.build.retry" : "repo.build.start",
          ...describe(caller, repository, id),
          after: { ref: build.ref, commit: build.commit, tags: build.tags },
        });
        const told = { build: { ...build, id }, repository, now: clock() };
        await tellBuild(trx, isRefused ? "changed" : "queued", told);
        made.push(id);
      }
      await settle?.(trx);
      return made;
    });
    await failPoint("build.queued");
    onQueued();
    return ids;
  }
}

/** Whether too many wait already. What was pushed has come: its builds say so; whoever asks is told. Throws TOO_MANY_REQUESTS. */
async function refuseCrowd(
  trx: Parameters<typeof endBuild>[0],
  build: NewBuild & { readonly id: BuildId },
  { now, wasPushed }: { readonly now: Date; readonly wasPushed: boolean },
): Promise<boolean> {
  const why = await findCrowd(trx, build);
  if (why === undefined) return false;
  if (!wasPushed) throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS, { detail: why });
  const ending = { state: "failed", why } as const;
  return await endBuild(trx, { id: build.id, from: ["queued"], ending, now });
}

const OFF = "builds are off on this hub (builds.builder)";

function describeWait(view: QueueView, one: Waiting): string {
  return explainWait(view, one) ?? "its turn comes next, or after those of other namespaces";
}

function namespaceOf({ name }: Repository): string {
  return name.split("/", 1)[0] ?? "";
}

function isWished({ rule, tags }: NewBuild, wish: BuildWish): boolean {
  if (wish.rule !== undefined && wish.rule !== rule) return false;
  return wish.tag === undefined || tags.includes(wish.tag);
}

function describe({ by, origin }: Caller, { name }: Repository, id: BuildId) {
  const [account = ""] = name.split("/", 1);
  return { by, origin, account, name: `${name}#${id}` };
}

/** Throws BUILD_RULE_INVALID with the number of the rule and what is wrong with it. */
export function assertRules(rules: readonly Parameters<typeof parseBuildRule>[0][]): void {
  for (const [index, rule] of rules.entries()) {
    try {
      parseBuildRule(rule);
    } catch (cause) {
      if (!(cause instanceof BuildRuleError)) throw cause;
      const detail = `rule ${index + 1}: ${cause.message}`;
      throw new ProblemError(PROBLEMS.BUILD_RULE_INVALID, { detail, cause });
    }
  }
}
