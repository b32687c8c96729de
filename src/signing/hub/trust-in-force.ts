import { createHash } from "node:crypto";
import type { TrustMaterial } from "@sigstore/verify";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { NamespaceId, NamespaceTables } from "../../namespaces/index.ts";
import { readTrustedRoot } from "../sigstore/trusted-root.ts";
import { type Anchor, listAnchors } from "../store/anchors-store.ts";
import { askAgain, FIRST_REVISION, readPosition, writePosition } from "../store/turns-store.ts";
import type { SigningTables } from "../tables.ts";
import { readCertificates, readPublicKey, type Trust, type TrustStore } from "../trust.ts";

type Db = Kysely<SigningTables & NamespaceTables>;

const REVISION = "trust";
const CHANGES = "trust-changes";
const ROOT = "trusted-root";

/** In the transaction of whatever changed it: then everything that it may be about is verified anew. */
export async function raiseRevision(trx: Db, place: NamespaceId | 0): Promise<void> {
  await writePosition(trx, CHANGES, (await readPosition(trx, CHANGES)) + 1);
  if (place === 0) await writePosition(trx, REVISION, (await readPosition(trx, REVISION)) + 1);
  else await askAgain(trx, place);
}

/** A trusted root is configured and not kept here: another one than last time is a change as well. */
export async function noteTrustedRoot(trx: Db, text: string): Promise<void> {
  const mark = createHash("sha256").update(text).digest().readUIntBE(0, 6);
  if ((await readPosition(trx, ROOT)) === mark) return;
  await writePosition(trx, ROOT, mark);
  await raiseRevision(trx, 0);
}

const MOST_KNOWN = 500;

/** What is trusted now. */
export class TrustInForce {
  readonly #root: string | undefined;
  #sigstore: TrustMaterial | undefined;
  readonly #log: Logger;
  #known = new Map<NamespaceId | 0, Trust>();
  #changes: number | undefined;

  constructor(deps: { readonly trustedRoot: string | undefined; readonly log: Logger }) {
    this.#root = deps.trustedRoot;
    this.#log = deps.log;
  }

  /** Which state of the hub's keys is in force: it grows with each change. */
  async readRevision(db: Db): Promise<number> {
    return (await readPosition(db, REVISION)) + FIRST_REVISION;
  }

  /** By whom signatures in a namespace are judged: the hub, and whoever owns it. */
  async read(db: Db, place: NamespaceId | 0): Promise<Trust> {
    const changes = await readPosition(db, CHANGES);
    if (this.#changes !== changes || this.#known.size >= MOST_KNOWN) this.#known = new Map();
    this.#changes = changes;
    const known = this.#known.get(place) ?? (await this.#load(db, place));
    this.#known.set(place, known);
    return known;
  }

  async #load(db: Db, place: NamespaceId | 0): Promise<Trust> {
    const anchors = await listAnchors(db, [0, place]);
    const readRoot = () => this.#readRoot();
    return {
      keys: anchors.filter(({ kind }) => kind === "key").flatMap((one) => this.#toKey(one)),
      stores: anchors.flatMap((one) => this.#toStore(one)),
      /** Read with the first signature, so that a hub starts without it. */
      get sigstore() {
        return readRoot();
      },
    };
  }

  #readRoot(): TrustMaterial | undefined {
    if (this.#root !== undefined) this.#sigstore ??= readTrustedRoot(JSON.parse(this.#root));
    return this.#sigstore;
  }

  #toKey(anchor: Anchor): Trust["keys"] {
    try {
      const { id, name, pem } = anchor;
      return [{ anchor: id, name, publicKey: readPublicKey(pem) }];
    } catch (err) {
      // It was read when it was added; the others count nevertheless.
      this.#log.error({ err, anchor: anchor.name }, "trusted key could not be read");
      return [];
    }
  }

  #toStore({ id, name, kind, pem }: Anchor): readonly TrustStore[] {
    if (kind === "key") return [];
    return [{ anchor: id, name, type: kind, certificates: readCertificates(pem) }];
  }
}
