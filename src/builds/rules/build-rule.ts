import { compilePattern, type LinearPattern, PatternError } from "../../lib/linear-pattern.ts";
import type { BuildOptions } from "../build-options.ts";
import { type BuildPaths, resolveBuildPaths } from "./build-paths.ts";
import { BuildRuleError } from "./build-rule-error.ts";
import { type PathFilter, parsePathFilter } from "./path-filter.ts";
import { nextTimeOf } from "./schedule.ts";
import { parseTagTemplate, type TagTemplate } from "./tag-template.ts";

/** A rule as people write it, in the words of Docker Hub. What is left out is as it is there. */
export interface BuildRuleText {
  readonly sourceType: "branch" | "tag";
  /** A name, or an expression between slashes. */
  readonly source: string;
  /** One template, or several with commas between them. */
  readonly dockerTag: string;
  /** From the build context; empty or `/` is its file `Dockerfile`. */
  readonly dockerfile?: string | undefined;
  /** From the root of the repository; empty is the directory of the Dockerfile. */
  readonly context?: string | undefined;
  readonly autobuild?: boolean | undefined;
  readonly caching?: boolean | undefined;
  /** Builds only if one of the files that changed fits; `!` in front leaves files out. */
  readonly paths?: readonly string[] | undefined;
  readonly args?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly platforms?: readonly string[] | undefined;
  readonly autotest?: BuildOptions["autotest"] | undefined;
  /** Whether hooks and tests are run; they are, unless said. */
  readonly hooks?: boolean | undefined;
  /** Five fields of cron, in UTC. */
  readonly schedule?: string | undefined;
}

export interface BuildRule extends BuildPaths {
  readonly sourceType: "branch" | "tag";
  readonly source: RuleSource;
  readonly tags: readonly TagTemplate[];
  readonly autobuild: boolean;
  readonly caching: boolean;
  readonly paths: PathFilter;
  readonly options: BuildOptions;
}

export type RuleSource =
  | { readonly kind: "literal"; readonly name: string }
  | { readonly kind: "pattern"; readonly pattern: LinearPattern };

const MOST_TAGS = 20;
const EPOCH = new Date(0);
/** No name of a ref can contain one of these (git-check-ref-format), so a source that does is an expression. */
const NEVER_IN_NAMES = /[\^*?[\\]/;

/** `context`: of rules that name none. */
export function withContext(text: BuildRuleText, context: string | undefined): BuildRuleText {
  return text.context === undefined && context !== undefined ? { ...text, context } : text;
}

/** Throws BuildRuleError. */
export function parseBuildRule(text: BuildRuleText): BuildRule {
  try {
    const source = parseSource(text.source);
    if (text.schedule !== undefined) nextTimeOf(text.schedule, EPOCH);
    return {
      sourceType: text.sourceType,
      source,
      tags: parseTags(text, source),
      ...resolveBuildPaths(text),
      autobuild: text.autobuild ?? true,
      caching: text.caching ?? true,
      paths: parsePathFilter(text.paths ?? []),
      options: {
        args: text.args ?? {},
        secrets: [...new Set(text.secrets ?? [])],
        target: text.target,
        platforms: [...new Set(text.platforms ?? [])],
        hooks: text.hooks ?? true,
        autotest: text.autotest ?? "off",
      },
    };
  } catch (cause) {
    if (cause instanceof PatternError) throw new BuildRuleError(cause.message, { cause });
    throw cause;
  }
}

/** `/^v/` is an expression; so is a bare `^v([0-9.]+)$`, which newer pages of Docker Hub show. */
function parseSource(text: string): RuleSource {
  const source = text.trim();
  if (source === "")
    throw new BuildRuleError("the source must name a branch, a tag or an expression");
  if (source.length > 1 && source.startsWith("/") && source.endsWith("/")) {
    return { kind: "pattern", pattern: compilePattern(source.slice(1, -1)) };
  }
  if (NEVER_IN_NAMES.test(source)) return { kind: "pattern", pattern: compilePattern(source) };
  return { kind: "literal", name: source };
}

function parseTags({ dockerTag, sourceType }: BuildRuleText, source: RuleSource): TagTemplate[] {
  const texts = dockerTag
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (texts.length === 0) throw new BuildRuleError("the rule must say which tag it makes");
  if (texts.length > MOST_TAGS) {
    throw new BuildRuleError(`a rule makes at most ${MOST_TAGS} tags`);
  }
  const groups = source.kind === "pattern" ? source.pattern.groups : 0;
  return texts.map((one) => {
    const template = parseTagTemplate(one);
    for (const part of template.parts) {
      const problem = problemOf(part, { groups, sourceType });
      if (problem !== undefined) throw new BuildRuleError(`${one}: ${problem}`);
    }
    return template;
  });
}

function problemOf(
  part: TagTemplate["parts"][number],
  { groups, sourceType }: { groups: number; sourceType: "branch" | "tag" },
): string | undefined {
  switch (part.kind) {
    case "text":
      return undefined;
    case "group":
      if (part.group <= groups) return undefined;
      return `the source has ${groups === 0 ? "no groups" : `only ${groups} groups`} in parentheses`;
    case "variable":
      if (part.name === "branch" || part.name === "tag") {
        return part.name === sourceType
          ? undefined
          : `{${part.name}} is nothing for a ${sourceType}`;
      }
      return undefined;
    case "unknown":
      return `{${part.name}} is no variable of tags`;
  }
}
