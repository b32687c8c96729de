import { createHash, randomBytes } from "node:crypto";
import type { Caller, Credential, Journal, Origin, Principal } from "../access/index.ts";
import { type Database, writeIfPossible } from "../platform/db/index.ts";
import { holderOf, type Identities } from "./identities.ts";
import {
  findRefreshToken,
  insertRefreshToken,
  listRefreshTokens,
  noteRefresh,
  type RefreshToken,
  removeExpired,
  removeLeastUsed,
  removeOfAccount,
  removeRefreshToken,
} from "./refresh-tokens-store.ts";
import type { TokenTables } from "./tables.ts";

interface RefreshTokensDeps {
  readonly database: Database<TokenTables>;
  readonly identities: Pick<Identities, "resume">;
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/** Tells people and scanners what it is that they found. */
const PREFIX = "berth_rt_";
const SECRET_BYTES = 32;
const SHAPE = /^berth_rt_[A-Za-z0-9_-]{43}$/;
/** The secrets of robots and organizations are rotated: a token that outlived its secret would make that pointless. */
const LASTING: ReadonlySet<Credential["kind"]> = new Set([
  "password",
  "directory",
  "personal token",
]);
const HOUR_MS = 60 * 60 * 1000;
const UNUSED_MS = 90 * 24 * HOUR_MS;
/** A token that is used all the time is written down this often. */
const NOTE_USE_EVERY_MS = HOUR_MS;
const PER_ACCOUNT = 100;

/**
 * What `docker login` keeps in place of the password, and shows whenever it wants a token. It is worth what the credential
 * behind it is worth at that moment, so it ends with the credential, with the account, and after 90 days without use.
 */
export class RefreshTokens {
  readonly #deps: RefreshTokensDeps;

  constructor(deps: RefreshTokensDeps) {
    this.#deps = deps;
  }

  /**
   * The only time that the secret can be seen. Undefined for those who have nothing to come back with, and when it cannot be
   * kept at the moment: then clients keep the password.
   */
  async issue(principal: Principal, origin: Origin): Promise<string | undefined> {
    const holder = holderOf(principal);
    if (holder === undefined || !LASTING.has(holder.credential.kind)) return undefined;
    const { database, clock, randomId, journal } = this.#deps;
    const secret = PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
    const now = clock();
    const times = { createdAt: now, lastUsedAt: now, expiresAt: expiryFrom(now) };
    const token = { id: randomId(), holder, ...origin, ...times, secretHash: hashOf(secret) };
    // Kept by the machine that asks for it, so a loss in a power cut costs another login and nothing else.
    const isKept = await writeIfPossible(database, async (trx) => {
      // The oldest login of an account that never stops logging in is over, not the newest.
      await removeLeastUsed(trx, holder.accountId, PER_ACCOUNT - 1);
      await insertRefreshToken(trx, token);
      const { name, credential } = principal;
      const deed = { action: "account.login" as const, by: principal, origin, account: name };
      await journal.record(trx, { ...deed, name: credential?.label ?? name });
    });
    return isKept ? secret : undefined;
  }

  /** Who got it, as they stand now; undefined when it is none of ours or not in force. */
  async verify(secret: string): Promise<Principal | undefined> {
    if (!SHAPE.test(secret)) return undefined;
    const { database, clock, identities } = this.#deps;
    const token = await findRefreshToken(database.reader, hashOf(secret));
    if (token === undefined || token.expiresAt <= clock()) return undefined;
    const principal = await identities.resume(token.holder);
    if (principal !== undefined) await this.#noteUse(token);
    return principal;
  }

  async list(accountId: number): Promise<readonly RefreshToken[]> {
    const { database, clock } = this.#deps;
    const tokens = await listRefreshTokens(database.reader, accountId);
    return tokens.filter(({ expiresAt }) => expiresAt > clock());
  }

  /** Ends one login; false when the account has none of that id. */
  async end(
    key: { readonly accountId: number; readonly id: string },
    { by, origin }: Caller,
  ): Promise<boolean> {
    const { database, journal } = this.#deps;
    return await database.write(async (trx) => {
      const isEnded = await removeRefreshToken(trx, key);
      const deed = {
        action: "account.login.end" as const,
        by,
        origin,
        account: by.name,
        name: key.id,
      };
      if (isEnded) await journal.record(trx, deed);
      return isEnded;
    });
  }

  async endAll(
    { accountId, name }: { readonly accountId: number; readonly name: string },
    { by, origin }: Caller,
  ): Promise<void> {
    const { database, journal } = this.#deps;
    await database.write(async (trx) => {
      await removeOfAccount(trx, accountId);
      await journal.record(trx, { action: "account.login.end", by, origin, account: name, name });
    });
  }

  async expire(): Promise<void> {
    await this.#deps.database.write((trx) => removeExpired(trx, this.#deps.clock()));
  }

  async #noteUse({ id, lastUsedAt }: RefreshToken): Promise<void> {
    const at = this.#deps.clock();
    if (at.getTime() - lastUsedAt.getTime() < NOTE_USE_EVERY_MS) return;
    const use = { at, expiresAt: expiryFrom(at) };
    await writeIfPossible(this.#deps.database, (trx) => noteRefresh(trx, id, use));
  }
}

function expiryFrom(now: Date): Date {
  return new Date(now.getTime() + UNUSED_MS);
}

/** 256 random bits need no salt and no slow hash. */
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
