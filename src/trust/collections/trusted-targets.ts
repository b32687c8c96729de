import { BoundedCache } from "../../lib/bounded-cache.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseGun } from "../../oci/gun.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { type Collection, listCollections } from "../store/collections-store.ts";
import { listCurrentFiles } from "../store/files-store.ts";
import type { TrustTables } from "../tables.ts";
import { listSigned, type SignedBy, type SignedContents } from "../tuf/list-signed.ts";

export interface TrustedTarget extends SignedBy {
  /** The name under which it is signed, with its host. */
  readonly gun: string;
}

/** Bytes of trust data whose signatures were checked and whose words are remembered. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** What Docker Content Trust says about an image, for those who decide about pulls and for showing it. */
export class TrustedTargets {
  readonly #database: Pick<Database<TrustTables>, "reader">;
  readonly #clock: () => Date;
  readonly #kept = new BoundedCache<SignedContents>(KEPT_BYTES);

  constructor(deps: {
    readonly database: Pick<Database<TrustTables>, "reader">;
    readonly clock: () => Date;
  }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  /**
   * Who signed this manifest under any tag; nobody when the list is empty. What was signed under a name that the repository had
   * before does not count. Signatures are checked once for each state of the trust data; whoever published meanwhile, through
   * whichever process, is noticed by its revision.
   */
  async find(
    repository: Pick<Repository, "id" | "name">,
    digest: Digest,
  ): Promise<readonly TrustedTarget[]> {
    const [algorithm, sha256 = ""] = digest.split(":");
    if (algorithm !== "sha256") return [];
    const collections = await listCollections(this.#database.reader, repository.id);
    const now = this.#clock();
    const found: TrustedTarget[] = [];
    for (const collection of collections.filter(({ gun }) => isNameOf(repository, gun))) {
      const signed = (await this.#read(collection)).get(sha256) ?? [];
      const valid = signed.filter(({ expires }) => expires > now);
      found.push(...valid.map((one) => ({ ...one, gun: collection.gun })));
    }
    return found;
  }

  async #read({ id, revision }: Collection): Promise<SignedContents> {
    const key = `${id} ${revision}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const { version } = this.#kept;
    const files = await listCurrentFiles(this.#database.reader, id);
    const value = listSigned((role) => files.get(role)?.bytes);
    const weight = [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 1);
    this.#kept.fill(key, { value, weight, version });
    return value;
  }
}

/** `NAME` stands for `library/NAME`. */
export function isNameOf({ name }: Pick<Repository, "name">, gun: string): boolean {
  const signed = parseGun(gun)?.repository;
  return signed === name || `library/${signed}` === name;
}
