import { UPLOAD_PATH } from "../../contract/build-uploads.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Build } from "../builds-store.ts";
import { findSourceOf } from "../sources/sources-store.ts";
import type { BuildTables } from "../tables.ts";

/** Where what was built came from: an upload, the Git server of the repository, or what was pushed to the hub. */
export async function findOrigin(
  { database, hubUrl }: { readonly database: Database<BuildTables>; readonly hubUrl: string },
  build: Pick<Build, "options" | "repositoryId">,
  repository: string,
): Promise<string> {
  if (build.options.upload !== undefined) return `${hubUrl}${UPLOAD_PATH}/${repository}`;
  const source = await findSourceOf(database.reader, build.repositoryId);
  return source?.url ?? `${hubUrl}/git/${repository}.git`;
}
