import type { Kysely } from "kysely";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  findLink,
  insertLink,
  type OneTimeLink,
  type OneTimeLinkTables,
  removeExpiredLinks,
  removeLinks,
  takeLink,
} from "./one-time-links-store.ts";
import { hashSecret, makeSecret } from "./secrets.ts";

/** Tells people and scanners what it is that they found. */
const PREFIX = "berth_once_";

/** For whoever comes with a link that opens nothing; it does not say why. */
export const LINK_ENDED = "it was used already, has expired or was withdrawn: ask for another one";

type Trx = Kysely<OneTimeLinkTables>;

interface Wish {
  readonly purpose: string;
  readonly subject: string;
  readonly payload?: string;
  readonly expiresAt: Date;
}

interface Claim {
  readonly purpose: string;
  readonly secret: string;
}

/**
 * Secrets that open one thing once: 192 random bits, of which only a hash is kept. Any capability may have purposes of its
 * own; what a link is for, and who may make it, is theirs to decide.
 */
export class OneTimeLinks {
  readonly #clock: () => Date;

  constructor(deps: { readonly clock: () => Date }) {
    this.#clock = deps.clock;
  }

  /** The one time that the secret can be seen. Former ones of the same purpose and subject end. */
  async make(trx: Trx, { purpose, subject, payload = "", expiresAt }: Wish): Promise<string> {
    const secret = makeSecret(PREFIX);
    await removeLinks(trx, { purpose, subject });
    const link = { purpose, subject, payload, expiresAt, createdAt: this.#clock() };
    await insertLink(trx, { ...link, secretHash: hashSecret(secret) });
    return secret;
  }

  /** What it would open, without using it up; undefined for one that is unknown, used or expired. */
  async find(db: Trx, { purpose, secret }: Claim): Promise<OneTimeLink | undefined> {
    const link = await findLink(db, { purpose, secretHash: hashSecret(secret) });
    return link !== undefined && link.expiresAt > this.#clock() ? link : undefined;
  }

  /** The same. Throws LINK_INVALID for one that is unknown, used or expired. */
  async get(db: Trx, { purpose, secret }: Claim): Promise<OneTimeLink> {
    return this.#assertInForce(await this.find(db, { purpose, secret }));
  }

  /**
   * Uses it up, in the transaction of what it opens: whoever comes second, at the same moment even, finds nothing.
   * Throws LINK_INVALID.
   */
  async use(trx: Trx, { purpose, secret }: Claim): Promise<OneTimeLink> {
    return this.#assertInForce(await takeLink(trx, { purpose, secretHash: hashSecret(secret) }));
  }

  async revoke(
    trx: Trx,
    about: { readonly purpose: string; readonly subject: string },
  ): Promise<void> {
    await removeLinks(trx, about);
  }

  async removeExpired(trx: Trx): Promise<void> {
    await removeExpiredLinks(trx, this.#clock());
  }

  #assertInForce(link: OneTimeLink | undefined): OneTimeLink {
    if (link !== undefined && link.expiresAt > this.#clock()) return link;
    throw new ProblemError(PROBLEMS.LINK_INVALID, { detail: LINK_ENDED });
  }
}
