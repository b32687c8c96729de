import { isTag } from "../../oci/tag.ts";

/** A tag with variables in it: `release-{\1}-{sha7}`. */
export interface TagTemplate {
  readonly text: string;
  readonly parts: readonly TemplatePart[];
}

type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "group"; readonly group: number }
  | { readonly kind: "variable"; readonly name: TagVariable }
  | { readonly kind: "unknown"; readonly name: string };

/** What a build is about, for its tags. */
export interface TagFacts {
  readonly sourceType: "branch" | "tag";
  /** The whole name of the branch or tag, whatever part of it an expression matched. */
  readonly sourceRef: string;
  readonly commit: string;
  readonly date: Date;
  /** The whole match and its groups. */
  readonly match: readonly string[];
}

const TAG_VARIABLES = {
  sourceref: ({ sourceRef }: TagFacts) => sourceRef,
  branch: ({ sourceRef }: TagFacts) => sourceRef,
  tag: ({ sourceRef }: TagFacts) => sourceRef,
  sha: ({ commit }: TagFacts) => commit,
  sha7: ({ commit }: TagFacts) => commit.slice(0, 7),
  date: ({ date }: TagFacts) => date.toISOString().slice(0, 10).replaceAll("-", ""),
  semver: (facts: TagFacts) => versionOf(facts)?.whole,
  // A pre-release must not become what people mean by 1.4 or 1.
  "semver.major": (facts: TagFacts) => releaseOf(facts, 1),
  "semver.minor": (facts: TagFacts) => releaseOf(facts, 2),
  "semver.patch": (facts: TagFacts) => releaseOf(facts, 3),
} as const;

export type TagVariable = keyof typeof TAG_VARIABLES;

const LONGEST_TAG = 128;
/** Some old pages of Docker Hub have a slash before the number of a group. */
const GROUP = /^[\\/]([1-9])$/;
const VERSION =
  /^(?:refs\/tags\/)?v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

export function parseTagTemplate(text: string): TagTemplate {
  const parts = text
    .split(/(\{[^{}]*\})/)
    .filter((piece) => piece !== "")
    .map((piece): TemplatePart => {
      if (!piece.startsWith("{")) {
        return /[{}]/.test(piece)
          ? { kind: "unknown", name: piece }
          : { kind: "text", text: piece };
      }
      const name = piece.slice(1, -1).trim();
      const group = GROUP.exec(name)?.[1];
      if (group !== undefined) return { kind: "group", group: Number(group) };
      return isVariable(name) ? { kind: "variable", name } : { kind: "unknown", name };
    });
  return { text, parts };
}

function isVariable(name: string): name is TagVariable {
  return Object.hasOwn(TAG_VARIABLES, name);
}

export type FilledTag =
  | { readonly template: string; readonly tag: string }
  | { readonly template: string; readonly why: string };

/** The tag for one build, or why there is none. */
export function fillTemplate(template: TagTemplate, facts: TagFacts): FilledTag {
  const { text } = template;
  let filled = "";
  for (const part of template.parts) {
    const value = fillPart(part, facts);
    if (value === undefined) return { template: text, why: reasonFor(part, facts) };
    filled += value;
  }
  const tag = toTag(filled);
  return tag === undefined
    ? { template: text, why: "nothing is left of it" }
    : { template: text, tag };
}

function fillPart(part: TemplatePart, facts: TagFacts): string | undefined {
  switch (part.kind) {
    case "text":
      return part.text;
    case "group":
      return facts.match[part.group] ?? "";
    case "variable":
      return TAG_VARIABLES[part.name](facts);
    case "unknown":
      return undefined;
  }
}

function reasonFor(part: TemplatePart, facts: TagFacts): string {
  if (part.kind !== "variable") return "it has a variable that is not known";
  if (versionOf(facts) === undefined) return `${facts.sourceRef} is no version of three numbers`;
  return `${facts.sourceRef} is a pre-release, which does not move {${part.name}}`;
}

function versionOf({ sourceRef }: TagFacts) {
  const found = VERSION.exec(sourceRef);
  if (found === null) return undefined;
  const [, major = "", minor = "", patch = "", prerelease] = found;
  const numbers = [major, minor, patch];
  const suffix = prerelease === undefined ? "" : `-${prerelease}`;
  return { numbers, isRelease: prerelease === undefined, whole: `${numbers.join(".")}${suffix}` };
}

function releaseOf(facts: TagFacts, count: number): string | undefined {
  const version = versionOf(facts);
  return version?.isRelease === true ? version.numbers.slice(0, count).join(".") : undefined;
}

/** As Quay does it: what a tag cannot hold becomes `_`. */
function toTag(text: string): string | undefined {
  const tag = text
    .replace(/[^A-Za-z0-9_.-]/g, "_")
    .replace(/^[.-]/, "_")
    .slice(0, LONGEST_TAG);
  return isTag(tag) ? tag : undefined;
}
