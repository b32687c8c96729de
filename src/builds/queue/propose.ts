import type { Kysely } from "kysely";
import { ANONYMOUS, type Principal } from "../../access/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { Builder } from "../builder/builder.ts";
import type { Build, NewBuild } from "../builds-store.ts";
import { findLevel } from "../provenance/find-level.ts";
import type { BuildTables } from "../tables.ts";

/** As Docker Hub has it: those of strangers only where everybody may see what is built. */
export function takesProposal(
  { options }: Pick<NewBuild, "options">,
  isInternal: boolean,
  { isPublic }: Pick<Repository, "isPublic">,
): boolean {
  if (isInternal) return options.autotest !== "off";
  return options.autotest === "external" && isPublic;
}

/** Makes no tag. What strangers propose is given nothing beside its source. */
export function toProposal(build: NewBuild, ref: string, isInternal: boolean): NewBuild {
  const { options } = build;
  const given = isInternal ? {} : { secrets: [], args: {} };
  const proposal = isInternal ? "internal" : "external";
  return { ...build, ref, tags: [], options: { ...options, ...given, proposal } };
}

/** Whether the same commit was built already as the same pull request: webhooks tell the same thing more than once. */
export async function isKnownBuild(db: Kysely<BuildTables>, build: NewBuild): Promise<boolean> {
  const found = await db
    .selectFrom("builds")
    .select("id")
    .where("repository_id", "=", build.repositoryId)
    .where("ref", "=", build.ref)
    .where("rule", "=", build.rule)
    .where("commit_hash", "=", build.commit)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Proposed by somebody who may not push. */
export function isForeign({ options }: Pick<Build, "options">): boolean {
  return options.proposal === "external";
}

/** On whose right its bases are pulled. */
export function readerOf(build: Build): Principal {
  return isForeign(build) ? ANONYMOUS : build.by;
}

/** Throws BuildFailed: who could propose a Dockerfile could do what the hub's user can. */
export async function assertContained(builder: Pick<Builder, "probe">): Promise<void> {
  if ((await findLevel(builder)) !== "trusted") return;
  throw new BuildFailed(
    "pull requests from elsewhere are not built where builds are not contained (berth builder doctor)",
  );
}
