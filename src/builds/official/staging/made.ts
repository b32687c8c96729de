import type { CheckResult, Looked } from "../checks/check.ts";
import type { ArchitectureBuild, ImageSubject } from "../checks/image-subject.ts";
import type { BuildSource, DefinitionEntry, ParsedDefinition } from "../parse-definition.ts";
import type { StagedIndex } from "../submissions-store.ts";
import type { BuiltEntry } from "./build-entries.ts";

type NamedBuild = ArchitectureBuild & { readonly name: string };

/** What became of a submission, image by image. */
export interface Made {
  readonly looked: Looked<ImageSubject>[];
  readonly built: BuiltEntry[];
  readonly builds: NamedBuild[];
  readonly indexes: StagedIndex[];
}

export const NOTHING: Made = { looked: [], built: [], builds: [], indexes: [] };

/** Each entry for each of its architectures, with what to call it where there is something wrong. */
export function listBuilds({ definition }: Pick<ParsedDefinition, "definition">): {
  readonly name: string;
  readonly entry: DefinitionEntry;
  readonly source: BuildSource;
}[] {
  return definition.entries.flatMap((entry) => {
    const tag = entry.tags[0] ?? entry.sharedTags[0] ?? "";
    return entry.sources.map((source) => {
      const name = entry.sources.length > 1 ? `${tag} (${source.architecture})` : tag;
      return { name, entry, source };
    });
  });
}

/**
 * What was not built has no image to look at, and says so by the check about that: it failed, or nothing here can build it, which
 * is not the same as that all is well.
 */
export function withBuilds(
  checks: readonly CheckResult[],
  builds: readonly NamedBuild[],
): CheckResult[] {
  const failed = builds.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`${name}: ${failure}`],
  );
  const missing = builds.flatMap(({ name, notHere }) =>
    notHere === undefined ? [] : [`${name}: ${notHere}`],
  );
  if (failed.length + missing.length === 0) return [...checks];
  const state = failed.length > 0 ? "failed" : "not run";
  return checks.map((check) =>
    check.id === "build-failed" ? { ...check, state, details: [...failed, ...missing] } : check,
  );
}
