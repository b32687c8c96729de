import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Kysely } from "kysely";
import type { Sealing } from "../../platform/keys/index.ts";
import { deleteStoredKeys, insertStoredKey, listStoredKeys } from "../store/keys-store.ts";
import type { CollectionId, TrustTables } from "../tables.ts";
import { TrustError } from "../trust-error.ts";
import { type TufKey, toTufKey } from "../tuf/keys.ts";
import type { ServerRole } from "../tuf/roles.ts";
import type { SigningKey } from "../tuf/signatures.ts";

export type KeyAlgorithm = "ed25519" | "ecdsa";

export interface HeldKey extends SigningKey {
  readonly role: ServerRole;
}

/** A key that is not stored yet. */
export interface MadeKey {
  readonly role: ServerRole;
  readonly key: TufKey;
  readonly privateKey: KeyObject;
}

/** Of one role and name; who rotates more often without publishing loses the oldest that nothing names. */
const KEYS_LIMIT = 16;
const generate = promisify(generateKeyPair);

/**
 * The snapshot and timestamp keys that the hub holds for its users. In the database they are sealed with a key that lies
 * beside it, each for its own row: a copy of the database alone signs nothing.
 */
export class ServerKeys {
  readonly #sealing: Sealing;
  readonly #algorithm: KeyAlgorithm;

  constructor(deps: { readonly sealing: Sealing; readonly algorithm: KeyAlgorithm }) {
    this.#sealing = deps.sealing;
    this.#algorithm = deps.algorithm;
  }

  /** Newest first, by id. Throws NO_CRYPTOSERVICE when the key that they are sealed with is gone. */
  async list(
    db: Kysely<TrustTables>,
    collection: CollectionId,
  ): Promise<ReadonlyMap<string, HeldKey>> {
    const stored = await listStoredKeys(db, collection);
    return new Map(
      stored.map(({ role, keyId, sealedKey }) => {
        const privateKey = this.#unseal(sealedKey, contextOf(collection, keyId));
        return [keyId, { role, privateKey, key: toTufKey(createPublicKey(privateKey)) }];
      }),
    );
  }

  /** Outside of transactions: it takes a moment. */
  async make(role: ServerRole): Promise<MadeKey> {
    const { publicKey, privateKey } =
      this.#algorithm === "ed25519"
        ? await generate("ed25519")
        : await generate("ec", { namedCurve: "P-256" });
    return { role, privateKey, key: toTufKey(publicKey) };
  }

  /** `inUse` are ids that metadata names: they stay, however old. */
  async store(
    trx: Kysely<TrustTables>,
    collection: CollectionId,
    made: MadeKey & { readonly inUse: ReadonlySet<string>; readonly now: Date },
  ): Promise<void> {
    const { role, key, privateKey, inUse, now } = made;
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const sealedKey = this.#sealing.seal(pem, contextOf(collection, key.id));
    const others = await listStoredKeys(trx, collection);
    const spare = others.filter((one) => one.role === role && !inUse.has(one.keyId));
    const old = spare.slice(KEYS_LIMIT - 1).map(({ keyId }) => keyId);
    await deleteStoredKeys(trx, collection, old);
    await insertStoredKey(trx, collection, { role, keyId: key.id, sealedKey, now });
  }

  #unseal(sealed: string, context: string): KeyObject {
    try {
      return createPrivateKey(this.#sealing.unseal(sealed, context));
    } catch (cause) {
      throw new TrustError("NO_CRYPTOSERVICE", { cause });
    }
  }
}

function contextOf(collection: CollectionId, keyId: string): string {
  return `trust key ${collection} ${keyId}`;
}
