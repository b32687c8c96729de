import {
  ARCHITECTURE_TWICE,
  type DefinitionProblem,
  FIELD_CHECKS,
  READABLE,
  TAG_TWICE,
} from "./definition-problem.ts";
import { BUILD_FIELDS, checkField, splitList, withoutArchitecture } from "./field-rules.ts";
import { type Field, type Paragraph, readParagraphs } from "./read-paragraphs.ts";

/** From what one architecture of an entry is built. */
export interface BuildSource {
  readonly architecture: string;
  readonly gitRepo: string;
  readonly gitFetch: string;
  readonly gitCommit: string;
  readonly directory: string;
  readonly file: string;
  /** Empty: whichever the hub takes. */
  readonly builder: string;
}

export interface DefinitionEntry {
  readonly line: number;
  readonly tags: readonly string[];
  readonly sharedTags: readonly string[];
  readonly constraints: readonly string[];
  readonly sources: readonly BuildSource[];
}

export interface OfficialDefinition {
  readonly maintainers: readonly string[];
  /** Entries that are built from the same are one, with the tags of both. */
  readonly entries: readonly DefinitionEntry[];
}

export interface ParsedDefinition {
  readonly definition: OfficialDefinition;
  readonly problems: readonly DefinitionProblem[];
}

const DEFAULTS: Readonly<Record<string, string>> = {
  Architectures: "amd64",
  GitFetch: "refs/heads/master",
  Directory: ".",
  File: "Dockerfile",
};
const LONGEST = 1024 * 1024;

/** Reads a file of docker-library's `official-images`. What is wrong is told with its place, all of it at once. */
export function parseDefinition(text: string): ParsedDefinition {
  if (text.length > LONGEST) {
    const message = "a definition of more than a megabyte is not read";
    return {
      definition: { maintainers: [], entries: [] },
      problems: [{ line: 1, column: 1, message, check: READABLE }],
    };
  }
  const { paragraphs, problems } = readParagraphs(text);
  const [globals, ...entries] = paragraphs;
  const found = [
    ...problems,
    ...paragraphs.flatMap(fieldProblems),
    ...globalProblems(globals),
    ...entries.flatMap((entry) => entryProblems(entry, globals)),
    ...tagProblems(entries, globals),
  ];
  const maintainers = splitList(globals?.fields.get("Maintainers")?.value ?? "");
  const read = entries.map((entry) => readEntry(entry, globals));
  return {
    definition: { maintainers, entries: mergeEntries(read) },
    problems: found.toSorted((one, other) => one.line - other.line || one.column - other.column),
  };
}

function fieldProblems({ fields }: Paragraph): DefinitionProblem[] {
  return [...fields.values()].flatMap((field) => {
    const message = checkField(field.name, field.value);
    const check = FIELD_CHECKS[withoutArchitecture(field.name) ?? field.name] ?? READABLE;
    return message === undefined ? [] : [problemAt(field, `${field.name}: ${message}`, check)];
  });
}

function globalProblems(globals: Paragraph | undefined): DefinitionProblem[] {
  if (globals === undefined) {
    return [{ line: 1, column: 1, message: "the file says nothing", check: READABLE }];
  }
  const problems: DefinitionProblem[] = [];
  if ((globals.fields.get("Maintainers")?.value ?? "") === "") {
    const message = "the first paragraph must name the Maintainers";
    problems.push({ line: globals.line, column: 1, message, check: READABLE });
  }
  const tags = globals.fields.get("Tags");
  if (tags !== undefined)
    problems.push(problemAt(tags, "Tags must not stand in the first paragraph", READABLE));
  return problems;
}

function entryProblems(entry: Paragraph, globals: Paragraph | undefined): DefinitionProblem[] {
  const { fields, line } = entry;
  const problems: DefinitionProblem[] = [];
  const maintainers = fields.get("Maintainers");
  if (maintainers !== undefined) {
    const message = "Maintainers stand in the first paragraph alone";
    problems.push(problemAt(maintainers, message, READABLE));
  }
  const hasTags = ["Tags", "SharedTags"].some((name) => findValue(name, entry, globals) !== "");
  if (!hasTags) {
    const message = "an entry needs Tags or SharedTags";
    problems.push({ line, column: 1, message, check: READABLE });
  }
  for (const architecture of architecturesOf(entry, globals)) {
    for (const name of ["GitRepo", "GitCommit"]) {
      if (findValue(name, entry, globals, architecture) !== "") continue;
      const message = `${name} is missing for ${architecture}`;
      problems.push({ line, column: 1, message, check: READABLE });
    }
  }
  return problems;
}

function tagProblems(
  entries: readonly Paragraph[],
  globals: Paragraph | undefined,
): DefinitionProblem[] {
  const owners = new TagOwners();
  for (const entry of entries) {
    const architectures = architecturesOf(entry, globals);
    for (const name of ["Tags", "SharedTags"] as const) {
      const field = entry.fields.get(name) ?? globals?.fields.get(name);
      if (field !== undefined) owners.add(name, field, architectures);
    }
  }
  return owners.problems;
}

/** A tag belongs to one entry; a shared tag to several, but once to each architecture. */
class TagOwners {
  readonly problems: DefinitionProblem[] = [];
  readonly #owners = new Map<string, "Tags" | "SharedTags">();
  readonly #taken = new Set<string>();

  add(name: "Tags" | "SharedTags", field: Field, architectures: readonly string[]): void {
    // Windows has an image for each of its versions, which a shared tag holds side by side.
    const shared = architectures.filter((one) => !one.startsWith("windows-"));
    const places = name === "Tags" ? ["any architecture"] : shared;
    for (const tag of splitList(field.value)) {
      const message = this.#problemOf(tag, name, places);
      const check =
        message?.endsWith(" twice") && name === "SharedTags" ? ARCHITECTURE_TWICE : TAG_TWICE;
      if (message !== undefined)
        this.problems.push(problemAt(field, `the tag ${tag} ${message}`, check));
      this.#owners.set(tag, name);
      for (const place of places) this.#taken.add(`${tag} ${place}`);
    }
  }

  #problemOf(tag: string, name: string, places: readonly string[]): string | undefined {
    if ((this.#owners.get(tag) ?? name) !== name) return "is among Tags and SharedTags";
    const again = places.find((place) => this.#taken.has(`${tag} ${place}`));
    return again === undefined ? undefined : `has ${again} twice`;
  }
}

function readEntry(entry: Paragraph, globals: Paragraph | undefined): DefinitionEntry {
  const list = (name: string) => splitList(findValue(name, entry, globals));
  const sources = architecturesOf(entry, globals).map((architecture): BuildSource => {
    const [gitRepo = "", gitFetch = "", gitCommit = "", directory = "", file = "", builder = ""] =
      BUILD_FIELDS.map((name) => findValue(name, entry, globals, architecture));
    return { architecture, gitRepo, gitFetch, gitCommit, directory, file, builder };
  });
  return {
    line: entry.line,
    tags: list("Tags"),
    sharedTags: list("SharedTags"),
    constraints: list("Constraints"),
    sources,
  };
}

function mergeEntries(entries: readonly DefinitionEntry[]): DefinitionEntry[] {
  const merged = new Map<string, DefinitionEntry>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.sources, entry.constraints]);
    const known = merged.get(key);
    const tags = [...(known?.tags ?? []), ...entry.tags];
    const sharedTags = [...new Set([...(known?.sharedTags ?? []), ...entry.sharedTags])];
    merged.set(key, { ...(known ?? entry), tags, sharedTags });
  }
  return [...merged.values()];
}

function architecturesOf(entry: Paragraph, globals: Paragraph | undefined): string[] {
  return splitList(findValue("Architectures", entry, globals));
}

/** As `bashbrew` has it: what is said for the architecture, wherever, before what is said for all. */
function findValue(
  ...[name, entry, globals, architecture]: [string, Paragraph, Paragraph | undefined, string?]
): string {
  const names = architecture === undefined ? [name] : [`${architecture}-${name}`, name];
  const fields = names.map((one) => entry.fields.get(one) ?? globals?.fields.get(one));
  return fields.find((field) => field !== undefined)?.value ?? DEFAULTS[name] ?? "";
}

function problemAt({ line, column }: Field, message: string, check: number): DefinitionProblem {
  return { line, column, message, check };
}
