import { setImmediate as giveWay } from "node:timers/promises";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { findManifestOf } from "../../registry/index.ts";
import { findRepositoryById, type Repository } from "../../repositories/index.ts";
import { findImage } from "../../signing/index.ts";
import type { FactDeps } from "../image-facts.ts";
import { covers, type PolicyScope, type PullPolicy } from "../policy.ts";
import { listTagsOf } from "../store/facts-store.ts";
import { listPulled, listPullers } from "../store/pulled-store.ts";
import type { PolicyId, PolicyTables } from "../tables.ts";
import { decide, failuresOf, printFailure, type Verdict } from "../verdict.ts";
import type { PoliciesInForce } from "./policies-in-force.ts";
import type { PolicyWish } from "./pull-policies.ts";
import { type PullerDeps, PullersNow } from "./refused-pulls.ts";

export interface TrialDeps
  extends PullerDeps,
    Pick<FactDeps, "blobs" | "readScan" | "listNotarySignatures"> {
  readonly database: Database<PolicyTables>;
  readonly inForce: PoliciesInForce;
  /** Writes down the pulls that were noted so far. */
  readonly settlePulls: () => Promise<void>;
  readonly clock: () => Date;
}

/** An image that some of those who pulled it would not have got. */
export interface SimulatedImage {
  readonly repository: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pulls: number;
  readonly accounts: readonly string[];
  readonly why: string;
}

export interface Simulation {
  readonly images: number;
  readonly pulls: number;
  readonly refused: readonly SimulatedImage[];
  readonly refusedPulls: number;
  /** Of images that are refused to others, by those who may push. */
  readonly passedPulls: number;
  readonly isCut: boolean;
}

const DAY = 86_400_000;
/** Images that were pulled; a simulation holds nobody up for minutes. */
const MOST = 5000;
/** Different ones of one image. */
const MOST_PULLERS = 10_000;
const SHOWN_TAGS = 1000;
const MOST_WAITING = 10;
const SLICE_MS = 10;

/** What policies would do, and what they do: by the code that decides about pulls. */
export class Trials {
  readonly #deps: TrialDeps;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(deps: TrialDeps) {
    this.#deps = deps;
  }

  /**
   * What a policy would have refused of the pulls of the last days, by what is known of the images and may be done by the
   * accounts today. One at a time over the whole hub, since each reads much. Throws TOO_MANY_REQUESTS.
   */
  async simulate(
    scope: PolicyScope,
    wish: PolicyWish,
    { days, name }: { readonly days: number; readonly name?: string },
  ): Promise<Simulation> {
    if (this.#waiting >= MOST_WAITING) {
      const detail = "other simulations are running: try again in a minute";
      throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS, { detail });
    }
    const policy = this.#toPolicy(scope, wish, name);
    const mine = this.#turn.then(() => this.#try(policy, days));
    this.#waiting += 1;
    this.#turn = mine.then(
      () => this.#end(),
      () => this.#end(),
    );
    return await mine;
  }

  #end(): void {
    this.#waiting -= 1;
  }

  #toPolicy(scope: PolicyScope, wish: PolicyWish, name: string | undefined): PullPolicy {
    const saved = this.#deps.inForce.policies.find(
      (one) => one.name === name && one.scope.kind === scope.kind && one.scope.id === scope.id,
    );
    // Exceptions of a policy that is there hold for another version of it as well.
    const id = saved?.id ?? (0 as PolicyId);
    const updated = { updatedAt: this.#deps.clock(), updatedBy: "" };
    return { id, scope, name: name ?? "simulated", ...wish, ...updated, mode: "enforce" };
  }

  async #try(policy: PullPolicy, days: number): Promise<Simulation> {
    await this.#deps.settlePulls();
    const now = this.#deps.clock();
    const since = new Date(now.getTime() - days * DAY);
    const { reader } = this.#deps.database;
    const pulled = await listPulled(reader, { since, limit: MOST + 1, scope: policy.scope });
    const pullers = new PullersNow(this.#deps);
    const refused: SimulatedImage[] = [];
    let [images, pulls, failedPulls] = [0, 0, 0];
    let isCut = pulled.length > MOST;
    let begun = performance.now();
    for (const image of pulled.slice(0, MOST)) {
      // Reads take no turn of the event loop, so that thousands of images would hold up everybody else.
      if (performance.now() - begun > SLICE_MS) {
        await giveWay();
        begun = performance.now();
      }
      const place = await findRepositoryById(reader, image.repositoryId);
      if (place === undefined || !covers(policy, place)) continue;
      const verdict = await this.#judge(place, image.digest, { policies: [policy], now });
      if (verdict === undefined) continue;
      images += 1;
      pulls += image.pulls;
      const [failure] = failuresOf(verdict);
      if (failure === undefined) continue;
      failedPulls += image.pulls;
      const by = await listPullers(reader, image, { since, limit: MOST_PULLERS });
      isCut ||= by.length === MOST_PULLERS;
      const counted = await pullers.countRefused(place, by);
      if (counted.pulls === 0) continue;
      const tags = await listTagsOf(reader, place.id, [image.digest]);
      refused.push({
        ...{ repository: place.name, digest: image.digest, ...counted },
        ...{ tags: tags.items.slice(0, SHOWN_TAGS), why: printFailure(failure) },
      });
    }
    refused.sort((one, other) => other.pulls - one.pulls);
    const refusedPulls = refused.reduce((sum, image) => sum + image.pulls, 0);
    return { images, pulls, refused, refusedPulls, passedPulls: failedPulls - refusedPulls, isCut };
  }

  /** What the policies that are switched on say of an image. Throws NOT_FOUND. */
  async explain(
    place: Repository,
    reference: string,
  ): Promise<Verdict & { readonly digest: Digest }> {
    const { database, inForce, clock } = this.#deps;
    const image = await findImage(database.reader, place, reference);
    if (image === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const verdict = await decide(
      { ...this.#deps, db: database.reader },
      { place, ...image },
      { policies: inForce.policies, now: clock() },
    );
    return { ...verdict, digest: image.digest };
  }

  async #judge(
    place: Repository,
    digest: Digest,
    by: { readonly policies: readonly PullPolicy[]; readonly now: Date },
  ): Promise<Verdict | undefined> {
    const { reader: db } = this.#deps.database;
    const found = await findManifestOf(db, place.id, digest);
    if (found === undefined) return undefined;
    const manifest = parseManifest({ bytes: found.payload, contentType: found.mediaType });
    return await decide({ ...this.#deps, db }, { place, digest, manifest }, by);
  }
}
