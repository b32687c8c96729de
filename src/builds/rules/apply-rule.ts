import type { BuildOptions } from "../build-options.ts";
import type { BuildRule, RuleSource } from "./build-rule.ts";
import type { GitRef } from "./git-ref.ts";
import { concerns } from "./path-filter.ts";
import { type FilledTag, fillTemplate } from "./tag-template.ts";

/** What somebody pushed. */
export interface PushedRef extends GitRef {
  readonly commit: string;
  readonly date: Date;
  /** Files that are others than before; undefined where that is not known. */
  readonly changed?: readonly string[] | undefined;
}

export type AppliedRule =
  | { readonly builds: false; readonly why: string }
  | {
      readonly builds: true;
      /** Built by itself; otherwise only when somebody asks. */
      readonly autobuild: boolean;
      readonly caching: boolean;
      readonly context: string;
      readonly dockerfile: string;
      readonly tags: readonly FilledTag[];
      readonly options: BuildOptions;
    };

/** What a rule makes of a push. */
export function applyRule(rule: BuildRule, ref: PushedRef): AppliedRule {
  if (rule.sourceType !== ref.type) {
    return { builds: false, why: `the rule is for a ${rule.sourceType}, not for a ${ref.type}` };
  }
  const match = matchSource(rule.source, ref.name);
  if (match === undefined) return { builds: false, why: `${ref.name} is not what the source says` };
  if (!concerns(rule.paths, ref.changed)) {
    return { builds: false, why: "none of the files that the rule waits for has changed" };
  }
  const facts = { ...ref, sourceType: ref.type, sourceRef: ref.name, match };
  const { autobuild, caching, context, dockerfile, options } = rule;
  const tags = rule.tags.map((template) => fillTemplate(template, facts));
  const paths = { context, dockerfile };
  return { builds: true, autobuild, caching, ...paths, options, tags: withoutRepeats(tags) };
}

/** As on Docker Hub, an expression may match any part of the name unless it says otherwise. */
function matchSource(source: RuleSource, name: string): readonly string[] | undefined {
  if (source.kind === "pattern") return source.pattern.search(name);
  return source.name === name ? [name] : undefined;
}

function withoutRepeats(tags: readonly FilledTag[]): FilledTag[] {
  const seen = new Set<string>();
  return tags.filter((one) => {
    if (!("tag" in one)) return true;
    const isNew = !seen.has(one.tag);
    seen.add(one.tag);
    return isNew;
  });
}
