import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NewVexDecision } from "../../contract/vex.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { ScanningTables } from "../tables.ts";
import type { Decision, DecisionScope } from "./decision.ts";
import type { Level } from "./decision-access.ts";
import {
  countDecisionsOf,
  endDecision,
  findDecision,
  findUntold,
  insertDecision,
  listDecisionsFor,
  listDecisionsOf,
  listExpired,
  markTold,
} from "./decisions-store.ts";
import type { VexDocument, VexStatement } from "./documents/vex-statement.ts";
import { listReturning, type TellReturned } from "./returned.ts";

export interface DecisionDeps {
  readonly database: Database<ScanningTables & RegistryTables>;
  readonly journal: Journal;
  readonly tellReturned: TellReturned;
  readonly trustsClaims: boolean;
  /** Once it is committed: other findings count there now. */
  readonly onDecided: (scope: DecisionScope) => void;
  /** The images that a reference names; throws NOT_FOUND. */
  readonly listDigests: (place: Repository, reference: string) => Promise<readonly Digest[]>;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

type Trx = Parameters<Parameters<Database<ScanningTables & RegistryTables>["write"]>[0]>[0];
type Wish = Omit<NewVexDecision, "reference">;

/** That count at one level; images count for themselves. */
const MOST = 1000;
const LISTED = 1000;
const EXPIRED_AT_ONCE = 20;

/** What people decide about findings. Whether the caller may was decided before. */
export class Decisions {
  readonly #deps: DecisionDeps;

  constructor(deps: DecisionDeps) {
    this.#deps = deps;
  }

  /** The newest first; of a repository with those about its images. */
  async list(
    level: Pick<Level, "kind" | "id">,
    isEverything: boolean,
  ): Promise<readonly Decision[]> {
    const { database, clock } = this.#deps;
    const found = await listDecisionsOf(database.reader, level, LISTED);
    return isEverything ? found : found.filter((one) => isInForce(one, clock()));
  }

  /** All that counts for an image, from every level. Of an index: for the first of its images that has any. */
  async listFor(repository: Repository, reference: string) {
    const { database, clock, listDigests } = this.#deps;
    const digests = await listDigests(repository, reference);
    for (const digest of digests) {
      const now = clock();
      const decisions = await listDecisionsFor(database.reader, { repository, digest, now });
      if (decisions.length > 0) return { digest, decisions };
    }
    return { digest: digests[0], decisions: [] };
  }

  /** One for each image that is meant. Throws NOT_FOUND for an unknown reference, REASON_INVALID for a past expiry, and TOO_MANY. */
  async add(level: Level, wish: NewVexDecision, caller: Caller): Promise<readonly Decision[]> {
    const { reference, ...rest } = wish;
    const scopes = await this.#scopesOf(level, reference);
    return await this.#insert(
      level,
      scopes.map((scope) => this.#toDecision(scope, rest, caller)),
      caller,
    );
  }

  /** Decides what a document says; what names an image by its digest counts for that image alone. */
  async importDocument(
    level: Level,
    { statements, skipped: unread }: VexDocument,
    options: {
      readonly reason: string | undefined;
      readonly reference: string | undefined;
      readonly expiresAt: string | undefined;
      readonly caller: Caller;
    },
  ) {
    const { reference, caller } = options;
    const scopes = await this.#scopesOf(level, reference);
    const skipped = [...unread];
    const decisions: Decision[] = [];
    for (const statement of statements) {
      const { vulnerability, image } = statement;
      const fitting = reference === undefined ? [scopeWithin(level, image)] : narrow(scopes, image);
      const own = fitting.filter((scope) => scope !== undefined);
      if (own.length === 0) skipped.push({ vulnerability, reason: `it is about ${image}` });
      for (const scope of own)
        decisions.push(this.#toDecision(scope, toWish(statement, options), caller));
    }
    return { added: (await this.#insert(level, decisions, caller)).length, skipped };
  }

  /** Throws NOT_FOUND for what is over. */
  async get(id: string): Promise<Decision> {
    const found = await findDecision(this.#deps.database.reader, id);
    if (found === undefined || found.endedAt !== undefined)
      throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  /** What it took away counts again, which is told by `tellEnded`. */
  async revoke(id: string, level: Pick<Level, "name">, caller: Caller): Promise<void> {
    const { database, clock, journal } = this.#deps;
    const decision = await this.get(id);
    const now = clock();
    await database.write(async (trx) => {
      const there = await findDecision(trx, id);
      if (there === undefined || there.endedAt !== undefined)
        throw new ProblemError(PROBLEMS.NOT_FOUND);
      await endDecision(trx, id, { at: now, by: caller.by.name });
      await journal.record(trx, {
        ...{ action: "vex.decision.revoke", ...caller, name: nameOf(level, decision.scope) },
        account: accountOf(level),
        before: toEntry(decision),
      });
      await failPoint("vex.before-commit");
    });
    this.#deps.onDecided(decision.scope);
  }

  /** Notices what has expired, which counts no more also before that, and tells of all that counts again. */
  async endExpired(signal: AbortSignal): Promise<void> {
    const { database, clock, onDecided } = this.#deps;
    while (!signal.aborted) {
      const now = clock();
      const expired = await listExpired(database.reader, now, EXPIRED_AT_ONCE);
      if (expired.length > 0) {
        await database.write(async (trx) => {
          for (const { id } of expired) await endDecision(trx, id, { at: now });
        });
        for (const { scope } of expired) onDecided(scope);
      }
      if (expired.length < EXPIRED_AT_ONCE) break;
    }
    while (!signal.aborted && (await this.#tellNext()));
  }

  /** A page of images at a time: a hub that is killed goes on where it was. */
  async #tellNext(): Promise<boolean> {
    const { database, clock, trustsClaims, tellReturned } = this.#deps;
    const untold = await findUntold(database.reader);
    if (untold === undefined) return false;
    const { decision, after } = untold;
    const now = clock();
    const page = await listReturning(database.reader, decision, { now, trustsClaims, after });
    await database.write(async (trx) => {
      for (const one of page.returned) await tellReturned(trx, one, now);
      await markTold(trx, decision.id, page.next);
    });
    return true;
  }

  async #scopesOf(level: Level, reference: string | undefined): Promise<readonly DecisionScope[]> {
    const { kind, id } = level;
    if (reference === undefined) return [{ kind, id }];
    if (level.kind !== "repository") {
      const detail = "a reference names an image of a repository: name the repository";
      throw new ProblemError(PROBLEMS.DECISION_INVALID, { detail });
    }
    const digests = await this.#deps.listDigests(level.repository, reference);
    return digests.map((digest) => ({ kind: "image", id, digest }));
  }

  #toDecision(scope: DecisionScope, wish: Wish, caller: Caller): Decision {
    const { clock, randomId } = this.#deps;
    const createdAt = clock();
    const expiresAt = wish.expiresAt === undefined ? undefined : new Date(wish.expiresAt);
    if (expiresAt !== undefined && expiresAt <= createdAt) {
      const detail = "it would be over already: expiresAt has to be in the future";
      throw new ProblemError(PROBLEMS.DECISION_INVALID, { detail });
    }
    return {
      ...{ id: randomId(), scope, createdAt, expiresAt },
      ...{ vulnerability: wish.vulnerability, package: wish.package, version: wish.version },
      ...{ status: wish.status, justification: wish.justification, reason: wish.reason },
      ...{ author: caller.by.name, endedAt: undefined, revokedBy: undefined },
    };
  }

  async #insert(
    level: Level,
    decisions: readonly Decision[],
    caller: Caller,
  ): Promise<readonly Decision[]> {
    await this.#deps.database.write(async (trx) => {
      for (const decision of decisions) {
        await insertDecision(trx, decision);
        await this.#deps.journal.record(trx, {
          ...{ action: "vex.decision.add", ...caller, name: nameOf(level, decision.scope) },
          account: accountOf(level),
          after: toEntry(decision),
        });
      }
      await assertRoom(trx, decisions);
      await failPoint("vex.before-commit");
    });
    for (const { scope } of decisions) this.#deps.onDecided(scope);
    return decisions;
  }
}

export function isInForce({ endedAt, expiresAt }: Decision, now: Date): boolean {
  return endedAt === undefined && (expiresAt === undefined || expiresAt > now);
}

async function assertRoom(trx: Trx, decisions: readonly Decision[]): Promise<void> {
  for (const kind of new Set(decisions.map(({ scope }) => scope.kind))) {
    const scope = decisions.find((one) => one.scope.kind === kind)?.scope;
    const most = kind === "image" ? MOST * 10 : MOST;
    if (scope === undefined || (await countDecisionsOf(trx, scope, most + 1)) <= most) continue;
    const detail = `${most} decisions count there already: revoke some`;
    throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
  }
}

/** Only a repository has images; at other levels a statement about one image says nothing. */
function scopeWithin({ kind, id }: Level, image: string | undefined): DecisionScope | undefined {
  if (image === undefined) return { kind, id };
  return kind === "repository" ? { kind: "image", id, digest: image as Digest } : undefined;
}

function narrow(
  scopes: readonly DecisionScope[],
  image: string | undefined,
): readonly DecisionScope[] {
  return image === undefined ? scopes : scopes.filter(({ digest }) => digest === image);
}

const NO_REASON = "imported without a reason";

function toWish(
  { image: _, reason, ...statement }: VexStatement,
  options: { readonly reason: string | undefined; readonly expiresAt: string | undefined },
): Wish {
  const why = reason === "" ? (options.reason ?? NO_REASON) : reason;
  return { ...statement, reason: why, expiresAt: options.expiresAt };
}

function nameOf({ name }: Pick<Level, "name">, { digest }: DecisionScope): string {
  return digest === undefined ? name : `${name}@${digest}`;
}

function accountOf({ name }: Pick<Level, "name">): string {
  return name.split("/", 1)[0] ?? "";
}

function toEntry({ id, vulnerability, status, justification, reason, ...rest }: Decision) {
  return {
    ...{ id, vulnerability, status, reason },
    ...(justification !== undefined && { justification }),
    ...(rest.package !== undefined && { package: rest.package }),
    ...(rest.expiresAt !== undefined && { expiresAt: rest.expiresAt.toISOString() }),
  };
}
