import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { ManifestId, RegistryTables } from "../../registry/index.ts";

/** About as long as a scan takes: for itself, and for each byte of its layers. */
const SCAN_MS = 200;
const MS_PER_BYTE = 1 / 20_000;
/** Namespaces that are remembered; whoever pushed before that has waited enough. */
const REMEMBERED = 10_000;

/**
 * Gives each image its turn, so that no namespace makes others wait for all that it has pushed: an image comes after what
 * its own namespace pushed before, by how long that may take, and beside what others push (start-time fair queueing).
 */
export class Turns {
  /** Until when each namespace has had its share. */
  readonly #ends = new Map<string, number>();

  /** The turn of each of these, of which several may have the same digest. */
  async give(
    db: Kysely<RegistryTables>,
    arrived: readonly { readonly id: ManifestId; readonly digest: Digest }[],
    now: Date,
  ): Promise<(digest: Digest) => number> {
    const rows = await db
      .selectFrom("manifests")
      .innerJoin("repositories", "repositories.id", "manifests.repository_id")
      .select(["manifests.digest", "manifests.payload", "repositories.name"])
      .where(
        "manifests.id",
        "in",
        arrived.map(({ id }) => id),
      )
      .orderBy("manifests.id")
      .execute();
    const turns = new Map<Digest, number>();
    for (const { digest, payload, name } of rows) {
      if (turns.has(digest)) continue;
      const [namespace = ""] = name.split("/", 1);
      turns.set(digest, this.#next(namespace, { ms: costOf(payload), now: now.getTime() }));
    }
    return (digest) => turns.get(digest) ?? now.getTime();
  }

  #next(namespace: string, { ms, now }: { readonly ms: number; readonly now: number }): number {
    const turn = Math.max(now, this.#ends.get(namespace) ?? 0);
    this.#ends.delete(namespace);
    this.#ends.set(namespace, turn + ms);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > REMEMBERED && oldest !== undefined) this.#ends.delete(oldest);
    return Math.round(turn);
  }
}

/** What a manifest says of its sizes is somebody's word, and only delays their own. */
function costOf(payload: Uint8Array): number {
  const { layers = [] } = JSON.parse(Buffer.from(payload).toString("utf8")) as {
    layers?: readonly { readonly size?: number }[];
  };
  const bytes = layers.reduce((sum, { size }) => sum + (Number(size) || 0), 0);
  return SCAN_MS + Math.min(Math.max(bytes, 0) * MS_PER_BYTE, 3_600_000);
}
