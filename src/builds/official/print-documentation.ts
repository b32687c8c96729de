import type { Submission } from "./submissions-store.ts";

/** The page of an image, made of its documents as docker-library makes it. */
export function printDocumentation(
  { documents, definition }: Pick<Submission, "documents" | "definition">,
  tags: readonly string[],
): { readonly description: string; readonly fullDescription: string } {
  const text = (name: keyof Submission["documents"]) => (documents[name] ?? "").trim();
  const source = text("github-repo");
  const [, commit = ""] = /^(?:\w+-)?GitCommit:\s*(\w+)/m.exec(definition) ?? [];
  const fullDescription = [
    "# Supported tags",
    tags.map((tag) => `- \`${tag}\``).join("\n"),
    [
      "# Quick reference",
      `- Maintained by: ${text("maintainer.md")}`,
      `- Sources: <${source}>, commit \`${commit}\``,
    ].join("\n"),
    text("content.md"),
    "# License",
    text("license.md"),
  ].join("\n\n");
  return { description: text("README-short.txt"), fullDescription };
}
