import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import { rootOfCompanion } from "../../../oci/referrers.ts";
import type { BlobStore } from "../../../platform/blobs/index.ts";
import type { TagKeeper } from "../../../registry/index.ts";
import { FreedBytes, type Within } from "../../freed/freed-bytes.ts";
import type { Decision } from "../judgement/candidate.ts";
import { createJudgement, type JudgedPolicy, type Judgement } from "../judgement/judgement.ts";
import type { RetentionTables } from "../tables.ts";
import {
  type Facts,
  findLastEvent,
  findLastManifest,
  listTagFacts,
  listUntaggedFacts,
  readEventsSince,
} from "./facts-store.ts";
import { Fates } from "./fates.ts";
import { listHeldTags, type Target } from "./held-tags.ts";
import { findLabels } from "./image-labels.ts";
import { Outlook } from "./outlook.ts";

export interface SurveyDeps {
  readonly db: Kysely<RetentionTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly tagKeeper: TagKeeper;
}

interface SurveyWish {
  readonly judged: JudgedPolicy;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** Whose needs count in what is freed. */
  readonly within: Within;
}

/** A decision with what it frees. */
export interface Finding extends Decision {
  readonly candidate: Facts;
  readonly bytes: number;
}

const PAGE = 500;
/** Between these lie the tags that belong to manifests. */
const COMPANIONS = { after: "sha256", until: "sha512~" };
/** Retention's own removals, in the history of tags. */
export const ACTOR = "retention";

/**
 * What a policy makes of one repository, a page at a time: memory does not grow with the tags. Lines that count see all of
 * them before the first decision; what moved or came since then is kept, so that a push in between never loses.
 */
export class Survey {
  readonly #deps: SurveyDeps;
  readonly #target: Target;
  readonly #judgement: Judgement;
  readonly #fates: Fates;
  readonly #freed: FreedBytes;
  readonly #moved = new Set<string>();
  readonly #outlook = new Outlook();
  #event = 0;
  #lastManifest = 0;
  #hasLost = false;

  private constructor(
    deps: SurveyDeps,
    target: Target,
    { judgement, within }: { readonly judgement: Judgement; readonly within: Within },
  ) {
    const { db } = deps;
    this.#deps = deps;
    this.#target = target;
    this.#judgement = judgement;
    const repository = target.id;
    this.#fates = new Fates({ db, repository, judge: (facts) => this.#judge(facts) });
    this.#freed = new FreedBytes({ db, repository, fates: this.#fates, within });
  }

  static async open(
    deps: SurveyDeps,
    target: Target,
    { judged, now, signal, within }: SurveyWish,
  ): Promise<Survey> {
    const judgement = createJudgement(judged, now);
    const survey = new Survey(deps, target, { judgement, within });
    survey.#event = await findLastEvent(deps.db);
    survey.#lastManifest = await findLastManifest(deps.db);
    await survey.#look(signal);
    return survey;
  }

  /** Until when everything that `findings` went through stays as it was decided, while nothing is written. */
  get outlook(): Outlook {
    return this.#outlook;
  }

  /**
   * Whether somebody else deleted tags since the beginning, or moved some where lines count by what images are: then what
   * counts has to be counted again.
   */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /** Tags in byte order, then manifests without one, and last the tags that belong to a manifest by their name. */
  async *findings(signal: AbortSignal): AsyncGenerator<readonly Finding[]> {
    for await (const facts of this.#pages(signal)) {
      const decisions = await this.decide(facts);
      const going = decisions.filter(({ action }) => action === "remove");
      const roots = going.map(({ candidate }) => candidate as Facts);
      const ids = roots.map(({ manifestId }) => manifestId);
      await this.#fates.resolve(ids, decisions);
      const bytes = new Map(
        await this.#freed.count(roots.map(({ manifestId: id, digest }) => ({ id, digest }))),
      );
      for (const { candidate } of decisions)
        this.#outlook.add(this.#judgement.findNextTurn(candidate));
      yield decisions.map((decision) => {
        const candidate = decision.candidate as Facts;
        if (decision.action === "keep") return { ...decision, candidate, bytes: 0 };
        const own = bytes.get(candidate.manifestId) ?? 0;
        bytes.delete(candidate.manifestId);
        return { ...decision, candidate, bytes: own };
      });
    }
  }

  /** What becomes of these, in their order. */
  async decide(facts: readonly Facts[]): Promise<readonly Decision[]> {
    await this.catchUp(this.#deps.db);
    return await this.#fates.decide(facts);
  }

  async *#pages(signal: AbortSignal): AsyncGenerator<readonly Facts[]> {
    const isCompanion = ({ tag }: Facts) => rootOfCompanion(tag ?? "") !== undefined;
    for await (const page of this.#list(listTagFacts, { signal, after: "" }))
      yield page.filter((one) => !isCompanion(one));
    if (this.#judgement.mentionsUntagged)
      yield* this.#list(listUntaggedFacts, { signal, after: "" });
    for await (const page of this.#list(listTagFacts, { signal, after: COMPANIONS.after })) {
      yield page.filter(isCompanion);
      if ((page.at(-1)?.tag ?? "") > COMPANIONS.until) break;
    }
  }

  async *#list(
    list: typeof listTagFacts,
    { signal, after }: { readonly signal: AbortSignal; readonly after: string },
  ): AsyncGenerator<readonly Facts[]> {
    for (let last = after; ; ) {
      signal.throwIfAborted();
      const page = await list(this.#deps.db, this.#target.id, { last, limit: PAGE });
      if (page.length > 0) yield page;
      // The database answers at once: others get their turn between pages, and between many small repositories.
      await setImmediate();
      if (page.length < PAGE) return;
      last = page.at(-1)?.tag ?? page.at(-1)?.digest ?? last;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (!this.#judgement.looksFirst) return;
    for await (const facts of this.#pages(signal))
      for (const candidate of await this.#addLabels(facts)) this.#judgement.look(candidate);
  }

  /** Learns what happened to tags since it last looked, as far as `db` sees. */
  async catchUp(db: Kysely<RetentionTables>): Promise<void> {
    const { events, last } = await readEventsSince(db, this.#target.id, this.#event);
    this.#event = last;
    for (const { tag, isDeletion, isMove, isOwn } of events) {
      if (isDeletion && !isOwn) this.#hasLost = true;
      // What counted may count no more, and another one has its place.
      if (isMove && this.#judgement.countsByFilters) this.#hasLost = true;
      if (!isDeletion) this.#moved.add(tag);
    }
  }

  async #judge(facts: readonly Facts[]): Promise<readonly Decision[]> {
    const seen = facts.map((one) => {
      const isNew = one.tag === undefined && one.manifestId > this.#lastManifest;
      const hasMoved = one.tag !== undefined && this.#moved.has(one.tag);
      if (!isNew && !hasMoved) return one;
      return { ...one, heldBecause: "it was pushed while this was decided" };
    });
    const labelled = await this.#addLabels(seen);
    const decisions = labelled.map((candidate) => this.#judgement.decide(candidate));
    const going = decisions.flatMap(({ action, candidate: { tag } }) =>
      action === "remove" && tag !== undefined ? [tag] : [],
    );
    const held = await listHeldTags(this.#deps, this.#target, going);
    if (held.size === 0) return decisions;
    return decisions.map((decision) => {
      const hold = held.get(decision.candidate.tag ?? "");
      if (hold === undefined || decision.action === "keep") return decision;
      this.#outlook.addHold(hold);
      return { ...decision, action: "keep", line: undefined, why: hold.why };
    });
  }

  async #addLabels(facts: readonly Facts[]): Promise<readonly Facts[]> {
    if (!facts.some((one) => this.#judgement.needsLabels(one))) return facts;
    const labelled: Facts[] = [];
    for (const one of facts) {
      if (!this.#judgement.needsLabels(one)) labelled.push(one);
      else {
        const labels = await findLabels(this.#deps, this.#target.id, one);
        if (labels === "unreadable") this.#outlook.addDoubt();
        labelled.push({ ...one, labels: labels === "unreadable" ? undefined : labels });
      }
    }
    return labelled;
  }
}
