import { ARCHITECTURES } from "./architectures.ts";

const BUILDERS = new Set(["", "classic", "buildkit", "oci-import"]);
/** What an architecture may have of its own, as `arm64v8-GitCommit`. */
export const BUILD_FIELDS = [
  "GitRepo",
  "GitFetch",
  "GitCommit",
  "Directory",
  "File",
  "Builder",
] as const;

type Rule = (value: string) => string | undefined;

const RULES: Readonly<Record<string, Rule>> = {
  Maintainers: each(
    /^[^<>()@]+ (?:<[^<>\s@]+@[^<>\s]+> )?\(@[A-Za-z0-9-]+\)$/,
    "is no maintainer: write Name <email> (@handle) or Name (@handle)",
  ),
  Tags: each(/^\w[\w.-]{0,127}$/, "is no tag"),
  SharedTags: each(/^\w[\w.-]{0,127}$/, "is no tag"),
  Architectures: (value) => {
    const unknown = splitList(value).find((one) => !isArchitecture(one));
    return unknown === undefined
      ? undefined
      : `${unknown} is no architecture: ${ARCHITECTURES.join(", ")}`;
  },
  Constraints: each(/^\S+$/, "is no constraint"),
  GitRepo: (value) =>
    /^(?:https?|git):\/\/\S+$/.test(value) ? undefined : "it is no address of a Git repository",
  GitFetch: (value) =>
    /^refs\/(?:heads|tags)\/[^*?:\s]+$/.test(value)
      ? undefined
      : "it must be refs/heads/... or refs/tags/..., without * ? :",
  GitCommit: (value) =>
    /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)
      ? undefined
      : "it must be the whole hash of a commit",
  Directory: insideTree,
  File: insideTree,
  Builder: (value) =>
    BUILDERS.has(value) ? undefined : "it must be classic, buildkit or oci-import",
};

/** What is wrong with a field, or nothing. */
export function checkField(name: string, value: string): string | undefined {
  const rule = RULES[withoutArchitecture(name) ?? name];
  return rule === undefined ? "it is no field of a definition" : rule(value);
}

export function splitList(value: string): string[] {
  return value
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** `GitCommit` of `arm64v8-GitCommit`; undefined for fields that no architecture has of its own. */
export function withoutArchitecture(name: string): string | undefined {
  return BUILD_FIELDS.find(
    (field) => name.endsWith(`-${field}`) && isArchitecture(name.slice(0, -field.length - 1)),
  );
}

function isArchitecture(text: string): boolean {
  return ARCHITECTURES.includes(text);
}

function each(pattern: RegExp, complaint: string): Rule {
  return (value) => {
    const wrong = splitList(value).find((one) => !pattern.test(one));
    return wrong === undefined ? undefined : `${wrong} ${complaint}`;
  };
}

function insideTree(value: string): string | undefined {
  const climbs = value.startsWith("/") || value.split("/").includes("..");
  return climbs ? "it must stay in the repository" : undefined;
}
