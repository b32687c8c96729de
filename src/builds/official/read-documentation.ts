import type { Documentation } from "./checks/docs-checks.ts";

/** The names that docker-library/docs has for the files of one image, without the logo. */
export const DOCUMENTS = [
  "README-short.txt",
  "content.md",
  "license.md",
  "maintainer.md",
  "github-repo",
] as const;

/** What is missing says nothing, which the checks tell of. */
export function readDocumentation(
  files: Readonly<Partial<Record<(typeof DOCUMENTS)[number], string | undefined>>>,
  hasLogo: boolean,
): Documentation {
  return {
    short: files["README-short.txt"] ?? "",
    content: files["content.md"] ?? "",
    licence: files["license.md"] ?? "",
    maintainer: files["maintainer.md"] ?? "",
    source: files["github-repo"] ?? "",
    hasLogo,
  };
}
