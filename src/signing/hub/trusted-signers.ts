import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId, NamespaceTables } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  type Anchor,
  addAnchor,
  findAnchor,
  listAnchors,
  removeAnchor,
} from "../store/anchors-store.ts";
import type { AnchorKind, SigningTables } from "../tables.ts";
import { readCertificates, readPublicKey } from "../trust.ts";
import { raiseRevision } from "./trust-in-force.ts";

/** Where a key is known: in the hub, or in the namespace of a user or an organization. */
export interface TrustPlace {
  readonly id: NamespaceId | 0;
  /** Undefined of the hub. */
  readonly name: string | undefined;
}

/** Each may have to be tried with each signature. */
const MOST = 100;

/** Whose signatures count. Whether the caller may was decided before. */
export class TrustedSigners {
  readonly #deps: {
    readonly database: Database<SigningTables & NamespaceTables>;
    readonly journal: Journal;
    readonly clock: () => Date;
  };

  constructor(deps: {
    readonly database: Database<SigningTables & NamespaceTables>;
    readonly journal: Journal;
    readonly clock: () => Date;
  }) {
    this.#deps = deps;
  }

  async list({ id }: TrustPlace): Promise<readonly Anchor[]> {
    return await listAnchors(this.#deps.database.reader, [id]);
  }

  /** Throws KEY_INVALID, NAME_TAKEN or TOO_MANY. */
  async add(
    place: TrustPlace,
    wish: { readonly name: string; readonly kind: AnchorKind; readonly pem: string },
    caller: Caller,
  ): Promise<void> {
    assertReadable(wish);
    const { database, journal, clock } = this.#deps;
    await database.write(async (trx) => {
      if ((await findAnchor(trx, place.id, wish.name)) !== undefined) {
        throw new ProblemError(PROBLEMS.NAME_TAKEN);
      }
      if ((await listAnchors(trx, [place.id])).length >= MOST)
        throw new ProblemError(PROBLEMS.TOO_MANY);
      const createdAt = clock();
      await addAnchor(trx, place.id, { ...wish, createdAt, createdBy: caller.by.name });
      await raiseRevision(trx, place.id);
      await journal.record(trx, {
        ...{ action: "signing.trust.add", ...caller },
        ...{ account: place.name ?? "", name: printName(place, wish.name) },
        after: { kind: wish.kind, pem: wish.pem },
      });
    });
  }

  /** Where there is none, nothing is done. */
  async remove(place: TrustPlace, name: string, caller: Caller): Promise<void> {
    const { database, journal } = this.#deps;
    await database.write(async (trx) => {
      const found = await findAnchor(trx, place.id, name);
      if (found === undefined) return;
      await removeAnchor(trx, found.id);
      await raiseRevision(trx, place.id);
      await journal.record(trx, {
        ...{ action: "signing.trust.remove", ...caller },
        ...{ account: place.name ?? "", name: printName(place, name) },
        before: { kind: found.kind, pem: found.pem },
      });
    });
  }
}

function printName({ name }: TrustPlace, key: string): string {
  return name === undefined ? key : `${name}/${key}`;
}

function assertReadable({ kind, pem }: { readonly kind: AnchorKind; readonly pem: string }): void {
  if (pem.includes("PRIVATE KEY")) {
    throw new ProblemError(PROBLEMS.KEY_INVALID, {
      detail: "this is a private key: keep it, and give the public one",
    });
  }
  try {
    if (kind === "key") readPublicKey(pem);
    else if (readCertificates(pem).length === 0) throw new Error("it holds no certificate");
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ProblemError(PROBLEMS.KEY_INVALID, { detail, cause });
  }
}
