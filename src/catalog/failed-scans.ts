import type { Kysely, Selectable } from "kysely";
import type { z } from "zod";
import type { failedScans } from "../contract/operating.ts";
import { toPage } from "../contract/pages.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryTables } from "../repositories/index.ts";
import type { ScanningTables } from "../scanning/index.ts";

type Db = Kysely<RegistryTables & RepositoryTables & ScanningTables>;
type Page = z.input<typeof failedScans>;

/** An image may be in thousands of repositories: a few say where to look. */
const MOST_PLACES = 3;

/** Scans that were given up, the newest first, with why and with some of the repositories that hold the image. */
export async function listFailedScans(
  db: Db,
  { last, limit }: { readonly last?: string | undefined; readonly limit: number },
): Promise<Page> {
  const rows = await db
    .selectFrom("scans")
    .select(["id", "digest", "reason", "attempts", "scanned_at"])
    .where("state", "=", "failed")
    .$if(last !== undefined, (query) =>
      query.where("id", "<", Number(last) as Selectable<ScanningTables["scans"]>["id"]),
    )
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  const page = toPage(rows, limit, ({ id }) => String(id));
  const items = await Promise.all(
    page.items.map(async ({ digest, reason, attempts, scanned_at: at }) => ({
      ...{ digest, reason: reason ?? "", attempts },
      foundAt: at === null ? null : new Date(at).toISOString(),
      repositories: await listHolders(db, digest),
    })),
  );
  return { ...page, items };
}

async function listHolders(
  db: Db,
  digest: RegistryTables["manifests"]["digest"],
): Promise<string[]> {
  const rows = await db
    .selectFrom("manifests")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select("repositories.name")
    .where("manifests.digest", "=", digest)
    .limit(MOST_PLACES)
    .execute();
  return rows.map(({ name }) => name);
}
