import type { Database } from "../../platform/db/index.ts";
import type { Build } from "../builds-store.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { BuildTables } from "../tables.ts";
import { findPublished } from "./queue-store.ts";

interface OrderDeps {
  readonly database: Database<BuildTables>;
  readonly git: Pick<GitRepositories, "exists" | "listRefs" | "isBefore">;
}

/**
 * Whether a newer commit of the ref has been published already. What the ref leads to now is never old, whichever way it came
 * there; of other commits, those are old that came before the published one, by the history or by the order of the pushes.
 */
export async function isOvertaken({ database, git }: OrderDeps, build: Build): Promise<boolean> {
  const published = await findPublished(database.reader, build);
  if (published === undefined || published.commit === build.commit) return false;
  const { repositoryId, ref, commit } = build;
  const isThere = await git.exists(repositoryId);
  if (isThere && (await git.listRefs(repositoryId)).get(ref) === commit) return false;
  if (published.ordinal > build.ordinal) return true;
  return isThere && (await git.isBefore(repositoryId, commit, published.commit));
}
