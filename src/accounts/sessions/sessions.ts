import type { BrowserSessions, Journal, Origin, Principal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { type Database, writeIfPossible } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  type Account,
  type AccountTables,
  findAccount,
  type SessionId,
} from "../accounts-store.ts";
import type { By } from "../personal-tokens.ts";
import { toPrincipal } from "../principal-of.ts";
import { hashSecret, makeSecret } from "../secrets.ts";
import type { TwoFactorDuty } from "../two-factor-duty.ts";
import {
  findSessionByHash,
  insertSession,
  listSessions,
  noteSessionProof,
  noteSessionUse,
  removeEndedSessions,
  removeLeastUsedSessions,
  removeSession,
  removeSessionsOf,
  type Session,
  type SessionProof,
} from "./sessions-store.ts";

export interface SessionTimes {
  /** A session that is not used for so long has ended. */
  readonly idleMs: number;
  /** It ends after so long, however much it is used. */
  readonly lifetimeMs: number;
  /** How long a proof is good for what a stolen session would be used for. */
  readonly confirmAfterMs: number;
}

interface SessionsDeps {
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
  readonly times: SessionTimes;
  readonly duty: TwoFactorDuty;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/** Somebody who proved to be the account's owner, by whatever way. */
export interface SessionWish {
  readonly account: Account;
  readonly origin: Origin;
  readonly provedBy: SessionProof;
  /** The identity at a directory or provider that proved it. */
  readonly openedBy?: string | undefined;
  /** What the browser showed until now. */
  readonly former?: string | undefined;
}

export interface OpenedSession {
  readonly secret: string;
  readonly session: Session;
}

/** Tells people and scanners what it is that they found. */
const PREFIX = "berth_sn_";
const PER_ACCOUNT = 100;
/** A session that is used all the time is written down this often. */
const USE_EVERY_MS = 60_000;

/**
 * Logins of browsers. Each is worth what its account is worth at that moment, and is looked up at each request, so what ends
 * it ends it at once: a logout, another password, an account that is disabled or deleted, an administrator.
 */
export class Sessions implements BrowserSessions {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /** The only time that the secret can be seen. What the browser had before ends: nobody can plant a session and wait. */
  async open(wish: SessionWish): Promise<OpenedSession> {
    const { account, origin, provedBy, openedBy, former } = wish;
    const { database, clock, randomId, times, journal } = this.#deps;
    const now = clock();
    const secret = makeSecret(PREFIX);
    const session = {
      id: randomId() as SessionId,
      accountId: account.id,
      provedBy,
      provedAt: now,
      createdAt: now,
      expiresAt: new Date(now.getTime() + times.lifetimeMs),
      lastUse: { at: now, ...origin },
    };
    const replaced = former === undefined ? undefined : await this.#find(former);
    const by = toPrincipal(account, { kind: "session", id: session.id, label: provedBy });
    await database.write(async (trx) => {
      if (replaced !== undefined) await removeSession(trx, replaced);
      await removeLeastUsedSessions(trx, account.id, PER_ACCOUNT - 1);
      await insertSession(trx, { ...session, openedBy, secretHash: hashSecret(secret) });
      const deed = { action: "account.login" as const, by, origin, account: account.name };
      await journal.record(trx, { ...deed, name: `session by ${provedBy}` });
    });
    return { secret, session };
  }

  async authenticate(claim: { secret: string; origin: Origin }): Promise<Principal | undefined> {
    const session = await this.#find(claim.secret);
    const account = session && (await findAccount(this.#deps.database.reader, session.accountId));
    if (session === undefined || account === undefined || account.isDisabled) return undefined;
    await this.#noteUse(session, claim.origin);
    const { id, provedAt } = session;
    const credential = { kind: "session", id, label: "session", provedAt } as const;
    return this.#deps.duty(toPrincipal(account, credential));
  }

  assertFresh({ credential }: Principal): void {
    const { clock, times } = this.#deps;
    const provedAt = credential?.provedAt;
    if (provedAt === undefined) return;
    if (clock().getTime() - provedAt.getTime() < times.confirmAfterMs) return;
    const detail =
      "confirm by POST /api/v1/session/confirm that it is you, then try again; or log in anew";
    throw new ProblemError(PROBLEMS.CONFIRM_REQUIRED, { detail });
  }

  /** After its holder has proved once more to be themselves. Throws NOT_FOUND when it has ended meanwhile. */
  async confirm(id: string): Promise<void> {
    const { database, clock } = this.#deps;
    const isThere = await database.write((trx) => noteSessionProof(trx, id as SessionId, clock()));
    if (!isThere) throw new ProblemError(PROBLEMS.NOT_FOUND);
  }

  async list(account: Account): Promise<readonly Session[]> {
    const sessions = await listSessions(this.#deps.database.reader, account.id);
    return sessions.filter((session) => this.#isInForce(session));
  }

  /** Throws NOT_FOUND, for another's session too. */
  async end(account: Account, id: string, by: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const isEnded = await removeSession(trx, { accountId: account.id, id });
      if (!isEnded) throw new ProblemError(PROBLEMS.NOT_FOUND);
      await this.#record(trx, account, { ...by, name: id });
    });
  }

  /** All of the account but the one that asks. */
  async endOthers(account: Account, by: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      await removeSessionsOf(trx, account.id, sessionOf(by.by));
      await this.#record(trx, account, { ...by, name: account.name });
    });
  }

  /** Forgets those that have ended. */
  async expire(): Promise<void> {
    const { database, clock, times } = this.#deps;
    const now = clock();
    const unusedSince = new Date(now.getTime() - times.idleMs);
    await database.write((trx) => removeEndedSessions(trx, { now, unusedSince }));
  }

  async #find(secret: string): Promise<Session | undefined> {
    const session = await findSessionByHash(this.#deps.database.reader, hashSecret(secret));
    return session !== undefined && this.#isInForce(session) ? session : undefined;
  }

  #isInForce({ expiresAt, lastUse }: Session): boolean {
    const now = this.#deps.clock().getTime();
    return expiresAt.getTime() > now && now - lastUse.at.getTime() < this.#deps.times.idleMs;
  }

  async #noteUse({ id, lastUse }: Session, origin: Origin): Promise<void> {
    const at = this.#deps.clock();
    const isRecent = at.getTime() - lastUse.at.getTime() < USE_EVERY_MS;
    if (isRecent && lastUse.address === origin.address) return;
    await writeIfPossible(this.#deps.database, (trx) => noteSessionUse(trx, id, { at, ...origin }));
  }

  async #record(
    trx: Parameters<Journal["record"]>[0],
    account: Account,
    deed: By & { readonly name: string },
  ): Promise<void> {
    const action = "account.session.end";
    await this.#deps.journal.record(trx, { ...deed, action, account: account.name });
  }
}

/** The session that a request came with, if it came with one. */
export function sessionOf({ credential }: Principal): string | undefined {
  return credential?.kind === "session" ? credential.id : undefined;
}
