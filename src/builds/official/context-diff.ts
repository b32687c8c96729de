import { createHash } from "node:crypto";
import { diffLines } from "../../lib/line-diff.ts";
import { readDockerfile } from "../../scanning/index.ts";
import { distinctSources } from "./checks/definition-checks.ts";
import { copiedBy } from "./checks/dockerfile-subject.ts";
import { listArchive } from "./list-archive.ts";
import type { BuildSource, DefinitionEntry, ParsedDefinition } from "./parse-definition.ts";
import type { SourceRepository, TreeEntry } from "./sources/git-source.ts";
import type { Sources } from "./sources/sources.ts";

export interface DiffSide {
  readonly parsed: ParsedDefinition;
  readonly sources: Sources;
}

const ARCHIVE = /\.(?:tar|tgz|tar\.gz)$/;
const FILES = 500;
const FILE_LINES = 2000;
/** Larger files are told of by their name alone: nobody reads so many, and each is held at once. */
const LOOKED_BYTES = 32 * 1024 * 1024;

/**
 * What reviewers look at, as docker-library shows it: tags, architectures, entries in one order, and of each build context
 * the Dockerfile, the files that it copies, and what lies in archives. Throws SourceUnreadable for the new side.
 */
export async function diffContexts(before: DiffSide | undefined, after: DiffSide): Promise<string> {
  const old = before === undefined ? new Map<string, string[]>() : await describe(before);
  const now = await describe(after);
  const parts = [...new Set([...old.keys(), ...now.keys()])];
  return parts
    .flatMap((part) => {
      const lines = diffLines(old.get(part) ?? [], now.get(part) ?? []);
      return lines.every((line) => line.startsWith(" ")) ? [] : [`@ ${part}`, ...lines];
    })
    .join("\n");
}

async function describe({ parsed, sources }: DiffSide): Promise<Map<string, string[]>> {
  const { entries } = parsed.definition;
  const all = entries.flatMap(({ tags, sharedTags }) => [...tags, ...sharedTags]);
  const architectures = entries.flatMap((entry) => entry.sources.map((one) => one.architecture));
  const parts = new Map([
    ["tags", [...new Set(all)].toSorted()],
    ["architectures", [...new Set(architectures)].toSorted()],
    [
      "entries",
      entries
        .map(printEntry)
        .toSorted()
        .flatMap((text) => text.split("\n")),
    ],
  ]);
  for (const source of distinctSources(parsed)) {
    const repository = await sources.open(source);
    const name =
      entries.find((entry) => entry.sources.includes(source))?.tags[0] ?? source.directory;
    for (const [path, lines] of await describeContext(repository, source))
      parts.set(`${name}: ${path}`, lines);
  }
  return parts;
}

function printEntry({ tags, sharedTags, constraints, sources }: DefinitionEntry): string {
  return [
    `Tags: ${tags.join(", ")}`,
    ...(sharedTags.length > 0 ? [`SharedTags: ${sharedTags.join(", ")}`] : []),
    ...(constraints.length > 0 ? [`Constraints: ${constraints.join(", ")}`] : []),
    ...sources.flatMap(({ architecture, ...source }) => [
      `Architecture: ${architecture}`,
      ...Object.entries(source).map(([field, value]) => `  ${field}: ${value}`),
    ]),
  ].join("\n");
}

async function describeContext(
  repository: SourceRepository,
  { gitCommit, directory, file, builder }: BuildSource,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  // All of an OCI layout is what is imported.
  let copied = ["."];
  if (builder !== "oci-import") {
    const text = (await repository.read(gitCommit, `${directory}/${file}`))?.toString("utf8");
    if (text === undefined) return found;
    found.set(file, text.split("\n"));
    copied = readDockerfile(text).all.flatMap(copiedBy);
  }
  const root = directory === "." ? "" : `${directory}/`;
  const files = (await repository.list(gitCommit, directory)).filter(
    ({ path }) =>
      path.startsWith(root) && copied.some((one) => holds(one, path.slice(root.length))),
  );
  for (const entry of files.slice(0, FILES))
    found.set(entry.path.slice(root.length), await describeFile(repository, gitCommit, entry));
  if (files.length > FILES) found.set("...", [`and ${files.length - FILES} more files`]);
  return found;
}

/** Whether what COPY names is the file, holds it, or matches it. */
function holds(copied: string, path: string): boolean {
  const name = copied.replace(/^\.?\//, "").replace(/\/$/, "");
  if (name === "" || name === ".") return true;
  if (path === name || path.startsWith(`${name}/`)) return true;
  if (!/[*?]/.test(name)) return false;
  const pattern = name
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  return new RegExp(`^${pattern}(?:/|$)`).test(path);
}

async function describeFile(
  repository: SourceRepository,
  commit: string,
  { path, kind, hash }: TreeEntry,
): Promise<string[]> {
  if (kind !== "file") return [`${kind} ${hash}`];
  const size = await repository.measure({ hash });
  if (size > LOOKED_BYTES) return [`${size} bytes, which git knows by ${hash}`];
  const bytes = await repository.read(commit, path);
  if (bytes === undefined) return ["it cannot be read"];
  if (ARCHIVE.test(path)) return await listArchive(bytes, path);
  if (!bytes.subarray(0, 8000).includes(0))
    return bytes.toString("utf8").split("\n").slice(0, FILE_LINES);
  return [
    `binary, ${bytes.length} bytes, sha256:${createHash("sha256").update(bytes).digest("hex")}`,
  ];
}
