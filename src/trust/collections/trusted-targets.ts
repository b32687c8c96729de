import type { Digest } from "../../oci/digest.ts";
import { parseGun } from "../../oci/gun.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { listCollections } from "../store/collections-store.ts";
import { listCurrentFiles } from "../store/files-store.ts";
import type { TrustTables } from "../tables.ts";
import { listSigned, type SignedBy } from "../tuf/list-signed.ts";

export interface TrustedTarget extends SignedBy {
  /** The name under which it is signed, with its host. */
  readonly gun: string;
}

/** What Docker Content Trust says about an image, for those who decide about pulls. */
export class TrustedTargets {
  readonly #database: Pick<Database<TrustTables>, "reader">;
  readonly #clock: () => Date;

  constructor(deps: {
    readonly database: Pick<Database<TrustTables>, "reader">;
    readonly clock: () => Date;
  }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
  }

  /**
   * Who signed that this tag of the repository is this manifest; nobody when the list is empty. What was signed under a name
   * that the repository had before does not count. It reads and checks signatures: not for each pull.
   */
  async find(
    repository: Pick<Repository, "id" | "name">,
    { tag, digest }: { readonly tag: string; readonly digest: Digest },
  ): Promise<readonly TrustedTarget[]> {
    const [algorithm, sha256 = ""] = digest.split(":");
    if (algorithm !== "sha256") return [];
    const { reader } = this.#database;
    const collections = await listCollections(reader, repository.id);
    const found = await Promise.all(
      collections
        .filter(({ gun }) => isNameOf(repository, gun))
        .map(async ({ id, gun }) => {
          const files = await listCurrentFiles(reader, id);
          const stored = (role: Parameters<typeof files.get>[0]) => files.get(role)?.bytes;
          const signed = listSigned({ stored, tag, sha256, now: this.#clock() });
          return signed.map((one) => ({ ...one, gun }));
        }),
    );
    return found.flat();
  }
}

/** `NAME` stands for `library/NAME`. */
export function isNameOf({ name }: Pick<Repository, "name">, gun: string): boolean {
  const signed = parseGun(gun)?.repository;
  return signed === name || `library/${signed}` === name;
}
