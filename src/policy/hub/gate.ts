import type { Authoriser, Principal } from "../../access/index.ts";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import { OciError } from "../../oci/error.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { Database } from "../../platform/db/index.ts";
import type { GateAnswer, PullGate } from "../../registry/index.ts";
import { findWholeRepository } from "../../repositories/index.ts";
import type { FactDeps } from "../image-facts.ts";
import type { PolicyTables } from "../tables.ts";
import { decide, failuresOf, type PolicyVerdict, printFailure, printFix } from "../verdict.ts";
import type { PoliciesInForce } from "./policies-in-force.ts";
import type { ReportLog } from "./report-log.ts";

export interface GateDeps extends Pick<FactDeps, "blobs" | "readScan" | "listNotarySignatures"> {
  readonly database: Database<PolicyTables>;
  readonly inForce: PoliciesInForce;
  readonly authoriser: Authoriser;
  readonly reports: ReportLog;
  readonly clock: () => Date;
}

type Pull = Parameters<PullGate["judge"]>[0];

/** What was decided of an image, for whoever may not push it. */
interface Kept {
  readonly generation: number;
  readonly version: number;
  readonly at: number;
  /** Of a clock that nobody sets. */
  readonly since: number;
  /** How old it was when nothing had been committed since. */
  confirmedAge: number;
  readonly failures: readonly (PolicyVerdict & {
    readonly repositoryId: number;
    readonly fix: string;
  })[];
}

const KEPT_IMAGES = 50_000;
/**
 * What was decided holds while nothing at all was committed, which is looked at so often: a signature that is deleted, a tag
 * that moves, a scan that ends and an exception that expires are noticed by then. Changes of policies are at once. To look is
 * a question to the database, which costs half of what serving a manifest does, so not every pull does it.
 */
const KEPT_MS = 1000;
const UNCHANGED_MS = 10_000;

/** Decides about pulls. What is in memory costs no question to the database. */
export class Gate implements PullGate {
  readonly #deps: GateDeps;
  readonly #kept = new BoundedCache<Kept>(KEPT_IMAGES);
  readonly #deciding = new Map<
    string,
    Pick<Kept, "generation" | "version"> & { kept: Promise<Kept> }
  >();

  constructor(deps: GateDeps) {
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#deps.inForce.policies.length === 0;
  }

  judge(pull: Pull): GateAnswer | undefined | Promise<GateAnswer | undefined> {
    if (this.isOpen) return undefined;
    const kept = this.#findKept(pull);
    if (kept === undefined) return this.#share(pull).then((found) => this.#answer(pull, found));
    return this.#answer(pull, kept);
  }

  #findKept({ repository, manifest }: Pull): Kept | undefined {
    const kept = this.#kept.get(`${repository} ${manifest.digest}`);
    const { inForce, database, clock } = this.#deps;
    if (kept === undefined || kept.generation !== inForce.generation) return undefined;
    const age = Math.max(Math.abs(clock().getTime() - kept.at), performance.now() - kept.since);
    if (age >= UNCHANGED_MS) return undefined;
    if (age - kept.confirmedAge >= KEPT_MS) {
      if (kept.version !== database.version()) return undefined;
      kept.confirmedAge = age;
    }
    return kept;
  }

  /** Many ask for a new image at once: one decision is enough for as long as nothing changes. */
  #share(pull: Pull): Promise<Kept> {
    const key = `${pull.repository} ${pull.manifest.digest}`;
    const { generation } = this.#deps.inForce;
    const version = this.#deps.database.version();
    const running = this.#deciding.get(key);
    if (running?.generation === generation && running.version === version) return running.kept;
    const kept = this.#decide(pull).finally(() => {
      if (this.#deciding.get(key)?.kept === kept) this.#deciding.delete(key);
    });
    this.#deciding.set(key, { generation, version, kept });
    return kept;
  }

  async #decide(pull: Pull): Promise<Kept> {
    const { database, inForce, clock } = this.#deps;
    const { repository, manifest } = pull;
    const { generation, policies } = inForce;
    const version = database.version();
    const now = clock();
    const since = performance.now();
    const { version: filling } = this.#kept;
    const place = await findWholeRepository(database.reader, repository);
    const verdict =
      place &&
      (await decide(
        { ...this.#deps, db: database.reader },
        {
          ...{ place, digest: manifest.digest },
          manifest: parseManifest({ bytes: manifest.payload, contentType: manifest.mediaType }),
        },
        { policies, now },
      ));
    const failures = verdict === undefined ? [] : failuresOf(verdict);
    const kept: Kept = {
      ...{ generation, version, at: now.getTime(), since, confirmedAge: 0 },
      failures: failures.map((failure) => ({
        ...failure,
        repositoryId: place?.id ?? 0,
        fix: place === undefined ? "" : printFix(place, manifest.digest, failure),
      })),
    };
    this.#kept.fill(`${repository} ${manifest.digest}`, {
      value: kept,
      weight: 1,
      version: filling,
    });
    return kept;
  }

  #answer(
    pull: Pull,
    { failures }: Kept,
  ): GateAnswer | undefined | Promise<GateAnswer | undefined> {
    if (failures.length === 0) return undefined;
    const may = this.#mayPush(pull);
    if (may instanceof Promise) return may.then((known) => this.#say(pull, failures, known));
    return this.#say(pull, failures, may);
  }

  /**
   * Whoever may push has to read what they are to sign. Asked of the account and its credential, not of what a token was
   * fetched for: clients fetch one for pulling first.
   */
  #mayPush({ principal, repository }: Pull): boolean | Promise<boolean> {
    const { granted, grantedAt, ...holder } = principal;
    const asked: Principal = holder;
    const decision = this.#deps.authoriser.decide({ principal: asked, right: "push", repository });
    if (decision instanceof Promise) return decision.then(({ kind }) => kind === "allow");
    return decision.kind === "allow";
  }

  #say(pull: Pull, failures: Kept["failures"], mayPush: boolean): GateAnswer {
    const sentences = (mode: string) =>
      failures.filter(({ policy }) => policy.mode === mode).map(printFailure);
    const refused = failures.filter(({ policy }) => policy.mode === "enforce");
    const warnings = sentences("warn");
    if (mayPush) return { warnings: [...warnings, ...sentences("enforce")], refusal: undefined };
    for (const failure of failures) this.#deps.reports.note(pull, failure);
    const [first] = refused;
    if (first === undefined) return { warnings, refusal: undefined };
    const message = `this image may not be pulled: ${sentences("enforce").join("; ")}; ${first.fix}`;
    const detail = { policy: first.policy.name };
    return { warnings, refusal: new OciError("DENIED", detail, { message }) };
  }
}
