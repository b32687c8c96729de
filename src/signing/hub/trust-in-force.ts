import { createHash } from "node:crypto";
import type { TrustMaterial } from "@sigstore/verify";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { NamespaceTables } from "../../namespaces/index.ts";
import { readTrustedRoot } from "../sigstore/trusted-root.ts";
import { type Anchor, listAnchors } from "../store/anchors-store.ts";
import { readPosition, writePosition } from "../store/signatures-store.ts";
import type { SigningTables } from "../tables.ts";
import { readCertificates, readPublicKey, type Trust, type TrustStore } from "../trust.ts";

type Db = Kysely<SigningTables & NamespaceTables>;

const REVISION = "trust";
const ROOT = "trusted-root";

/** Which state of what is trusted is in force: it grows with each change. */
async function readRevision(db: Db): Promise<number> {
  return (await readPosition(db, REVISION)) + 1;
}

/** In the transaction of whatever changed it: then everything is verified anew. */
export async function raiseRevision(trx: Db): Promise<void> {
  await writePosition(trx, REVISION, (await readPosition(trx, REVISION)) + 1);
}

/** A trusted root is configured and not kept here: another one than last time is a change as well. */
export async function noteTrustedRoot(trx: Db, text: string): Promise<void> {
  const mark = createHash("sha256").update(text).digest().readUIntBE(0, 6);
  if ((await readPosition(trx, ROOT)) === mark) return;
  await writePosition(trx, ROOT, mark);
  await raiseRevision(trx);
}

/** What is trusted now. */
export class TrustInForce {
  readonly #root: string | undefined;
  #sigstore: TrustMaterial | undefined;
  readonly #log: Logger;
  #known: { readonly revision: number; readonly trust: Trust } | undefined;

  constructor(deps: { readonly trustedRoot: string | undefined; readonly log: Logger }) {
    this.#root = deps.trustedRoot;
    this.#log = deps.log;
  }

  async read(db: Db): Promise<{ readonly revision: number; readonly trust: Trust }> {
    const revision = await readRevision(db);
    if (this.#known?.revision === revision) return this.#known;
    const anchors = await listAnchors(db);
    const keys = anchors.filter(({ kind }) => kind === "key").flatMap((one) => this.#toKey(one));
    const stores = anchors.flatMap((one) => this.#toStore(one));
    const readRoot = () => this.#readRoot();
    const trust: Trust = {
      keys,
      stores,
      /** Read with the first signature, so that a hub starts without it. */
      get sigstore() {
        return readRoot();
      },
    };
    this.#known = { revision, trust };
    return this.#known;
  }

  #readRoot(): TrustMaterial | undefined {
    if (this.#root !== undefined) this.#sigstore ??= readTrustedRoot(JSON.parse(this.#root));
    return this.#sigstore;
  }

  #toKey(anchor: Anchor): Trust["keys"] {
    try {
      return [{ name: anchor.name, publicKey: readPublicKey(anchor.pem) }];
    } catch (err) {
      // It was read when it was added; the others count nevertheless.
      this.#log.error({ err, anchor: anchor.name }, "trusted key could not be read");
      return [];
    }
  }

  #toStore({ name, kind, pem }: Anchor): readonly TrustStore[] {
    return kind === "key" ? [] : [{ name, type: kind, certificates: readCertificates(pem) }];
  }
}
