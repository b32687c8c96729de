import { BuildRuleError } from "./build-rule-error.ts";

/** A branch or a tag of a Git repository. */
export interface GitRef {
  readonly type: "branch" | "tag";
  /** `feature/x`, without `refs/heads/`. */
  readonly name: string;
}

const PREFIXES = [
  ["refs/heads/", "branch"],
  ["branch:", "branch"],
  ["refs/tags/", "tag"],
  ["tag:", "tag"],
] as const;

/** `refs/heads/main`, `refs/tags/v1`, `branch:main` or `tag:v1`. Throws BuildRuleError. */
export function parseGitRef(text: string): GitRef {
  for (const [prefix, type] of PREFIXES) {
    const name = text.slice(prefix.length);
    if (text.startsWith(prefix) && name !== "") return { type, name };
  }
  throw new BuildRuleError(
    `${JSON.stringify(text)} is no ref: write refs/heads/BRANCH or refs/tags/TAG (or branch:NAME, tag:NAME)`,
  );
}
