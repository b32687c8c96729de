import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import type { Kysely } from "kysely";
import type { Database } from "../db/index.ts";
import {
  insertKey,
  listKeys,
  removeKeys,
  type SigningKeyTables,
  type StoredKey,
} from "./signing-keys-store.ts";

/** The one algorithm that is signed with and believed. */
export const SIGNING_ALGORITHM = "ES256";

export interface KeySetDeps {
  readonly database: Database<SigningKeyTables>;
  /** How old the newest key may get before it is followed by another. */
  readonly rotateAfterMs: number;
  /** How long a key that was followed is still believed: longer than anything that it signed is valid. */
  readonly keepMs: number;
  readonly clock: () => Date;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
  readonly createdAt: Date;
}

const KID = /^[A-Za-z0-9_-]{43}$/;
const READ_AGAIN_MS = 5000;

/**
 * The keys that this hub signs with, in its database, so that what was signed outlives a restart. Several processes may
 * share them: a key that another one made is read when something signed with it turns up.
 */
export class KeySet {
  readonly #deps: KeySetDeps;
  /** Newest first. */
  #keys: readonly SigningKey[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  private constructor(deps: KeySetDeps) {
    this.#deps = deps;
  }

  static async open(deps: KeySetDeps): Promise<KeySet> {
    const keys = new KeySet(deps);
    await keys.rotateIfDue();
    return keys;
  }

  /** What to sign with now. */
  get current(): { readonly kid: string; readonly privateKey: CryptoKey } {
    const [newest] = this.#keys;
    if (newest === undefined) throw new Error("the hub has no key to sign with");
    return newest;
  }

  /** The public key of that id, while it is believed. Whatever else a token says about its key is no matter. */
  async find(kid: string): Promise<CryptoKey | undefined> {
    if (!KID.test(kid)) return undefined;
    return this.#findRead(kid) ?? (await this.#findUnread(kid));
  }

  /** For those who want to check our signatures themselves (RFC 7517). */
  toJwks(): { readonly keys: readonly JWK[] } {
    return { keys: this.#believed(this.#keys).map(({ publicJwk }) => publicJwk) };
  }

  /** Follows the newest key by another once it is old enough, and forgets those that nothing valid is signed with. */
  async rotateIfDue(): Promise<void> {
    await this.#read();
    const [newest] = this.#keys;
    if (newest !== undefined && this.#isYoung(newest)) return;
    await this.#follow();
  }

  /** For when a key may be known to others: nothing that was signed until now is believed. `note` is part of it. */
  async replace(
    note: (trx: Kysely<SigningKeyTables>, kid: string) => Promise<void>,
  ): Promise<void> {
    const made = await makeKey(this.#deps.clock());
    await this.#deps.database.write(async (trx) => {
      await removeKeys(trx, await listKeys(trx));
      await insertKey(trx, made);
      await note(trx, made.kid);
    });
    await this.#read();
  }

  async #follow(): Promise<void> {
    const made = await makeKey(this.#deps.clock());
    await this.#deps.database.write(async (trx) => {
      const keys = await listKeys(trx);
      // Another process may have been faster.
      if (keys.some((key) => this.#isYoung(key))) return;
      const believed = new Set(this.#believed([made, ...keys]));
      const old = keys.filter((key) => !believed.has(key));
      await removeKeys(trx, old);
      await insertKey(trx, made);
    });
    await this.#read();
  }

  #isYoung({ createdAt }: Pick<StoredKey, "createdAt">): boolean {
    const { clock, rotateAfterMs } = this.#deps;
    return clock().getTime() - createdAt.getTime() < rotateAfterMs;
  }

  /** The newest one, and those that were followed by another only lately. */
  #believed<Key extends Pick<StoredKey, "createdAt">>(newestFirst: readonly Key[]): readonly Key[] {
    const { clock, keepMs } = this.#deps;
    const now = clock().getTime();
    return newestFirst.filter((_key, index) => {
      const next = newestFirst[index - 1];
      return next === undefined || now - next.createdAt.getTime() < keepMs;
    });
  }

  #findRead(kid: string): CryptoKey | undefined {
    return this.#believed(this.#keys).find((key) => key.kid === kid)?.publicKey;
  }

  async #findUnread(kid: string): Promise<CryptoKey | undefined> {
    if (performance.now() - this.#readAt < READ_AGAIN_MS) return undefined;
    await this.#read();
    return this.#findRead(kid);
  }

  async #read(): Promise<void> {
    this.#readAt = performance.now();
    const stored = await listKeys(this.#deps.database.reader);
    const known = new Map(this.#keys.map((key) => [key.kid, key]));
    this.#keys = await Promise.all(stored.map((key) => known.get(key.kid) ?? importKey(key)));
  }
}

async function makeKey(createdAt: Date): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, privateJwk: JSON.stringify(jwk), createdAt };
}

async function importKey({ kid, privateJwk, createdAt }: StoredKey): Promise<SigningKey> {
  const jwk = JSON.parse(privateJwk) as JWK;
  const { d: _private, ...shared } = jwk;
  const publicJwk = { ...shared, kid, alg: SIGNING_ALGORITHM, use: "sig" };
  const privateKey = await importJWK(jwk, SIGNING_ALGORITHM);
  const publicKey = await importJWK(shared, SIGNING_ALGORITHM);
  return {
    kid,
    privateKey: asKeyOfPair(privateKey),
    publicKey: asKeyOfPair(publicKey),
    publicJwk,
    createdAt,
  };
}

function asKeyOfPair(key: CryptoKey | Uint8Array): CryptoKey {
  if (key instanceof Uint8Array) throw new Error("a stored signing key is no key of a pair");
  return key;
}
