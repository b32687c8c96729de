import type { BuildSource, ParsedDefinition } from "../parse-definition.ts";
import type { SourceRepository } from "../sources/git-source.ts";
import { type Sources, SourceUnreadable } from "../sources/sources.ts";
import { imagesOf } from "./base-checks.ts";
import { type Check, type Finding, NotRun } from "./check.ts";
import {
  type OfficialBase,
  type OfficialBases,
  toDockerfileSubject,
} from "./dockerfile-subject.ts";
import { aliasProblems } from "./version-aliases.ts";

export interface DefinitionSubject {
  readonly parsed: ParsedDefinition;
  readonly sources: Sources;
  readonly bases: OfficialBases;
}

const BIG_BINARY = 2 * 1024 * 1024;

export const DEFINITION_CHECKS: readonly Check<DefinitionSubject>[] = [
  {
    number: 1,
    id: "definition-invalid",
    severity: "error",
    title: "The definition can be read, with all fields that are required",
    why: "What a program cannot read, nobody builds.",
    fix: "Put right what is told, line by line.",
    look: (subject) => parserProblems(subject, 1),
  },
  {
    number: 2,
    id: "commit-not-whole",
    severity: "error",
    title: "Names whole commits",
    why: "A short hash, a branch or a tag may mean something else by tomorrow; what was reviewed has to be what is built.",
    fix: "Write the whole hash: git rev-parse HEAD.",
    look: (subject) => parserProblems(subject, 2),
  },
  {
    number: 3,
    id: "commit-unreachable",
    severity: "error",
    title: "Commits are part of what GitFetch names",
    why: "A commit of no branch disappears, and may come from a fork of somebody else.",
    fix: "Push the commit to the branch, or name the branch that holds it by GitFetch.",
    look: (subject) =>
      inEachSource(subject, async (repository, { gitCommit, gitFetch }) =>
        (await repository.isReachable(gitCommit, gitFetch))
          ? []
          : [`${gitCommit} is not part of ${gitFetch}`],
      ),
  },
  {
    number: 4,
    id: "tag-invalid",
    severity: "error",
    title: "Tags are valid, unique, and latest stands alone",
    why: "A tag that two entries claim names whichever was built last; 1.2-latest tells nobody anything.",
    fix: "Give each tag to one entry; use latest only as a whole tag.",
    look: (subject) => [
      ...parserProblems(subject, 4),
      ...tagsOf(subject)
        .filter((tag) => /.latest|latest./.test(tag))
        .map((tag) => `the tag ${tag} holds "latest"`),
    ],
  },
  {
    number: 5,
    id: "aliases-inconsistent",
    severity: "warning",
    title: "Versions have their aliases, and one entry is latest",
    why: "People write 1.2 and mean the newest 1.2.x.",
    fix: "Give 1.2.3 the tags 1.2 and 1 as well where it is the newest of them, and latest to one entry.",
    look: ({ parsed }) => aliasProblems(parsed.definition.entries),
  },
  {
    number: 6,
    id: "architecture-unknown",
    severity: "error",
    title: "Architectures exist, and the base has them",
    why: "An image can be built only for what its base is built for.",
    fix: "Name architectures that the base has.",
    look: async (subject) => {
      const wrong = parserProblems(subject, 6);
      if (wrong.length > 0) return wrong;
      return await inEachSource(subject, (repository, source) =>
        missingInBases(subject, repository, source),
      );
    },
  },
  {
    number: 7,
    id: "architecture-twice",
    severity: "error",
    title: "A shared tag has each architecture once",
    why: "Of two images for the same architecture nobody knows which one is pulled.",
    fix: "Give the shared tag to one of the two entries.",
    look: (subject) => parserProblems(subject, 7),
  },
  {
    number: 8,
    id: "path-missing",
    severity: "error",
    title: "Directory and File are there, inside of the repository",
    why: "A link that leads out of the tree would read files of whoever builds.",
    fix: "Name a folder and a file of that commit.",
    look: (subject) =>
      inEachSource(subject, async (repository, { gitCommit, directory, file }) => {
        const folder = await repository.find(gitCommit, directory);
        if (folder === undefined || folder === "outside" || folder.kind !== "folder")
          return [
            `${directory} is ${folder === "outside" ? "outside of" : "no folder of"} the commit`,
          ];
        const path = `${directory}/${file}`;
        const found = await repository.find(gitCommit, path);
        if (found === "outside") return [`${path} leads out of the repository`];
        return found?.kind === "file" ? [] : [`${path} is no file of the commit`];
      }),
  },
  {
    number: 9,
    id: "binary-rewritten",
    severity: "warning",
    title: "No large binary was changed in the history",
    why: "Everybody who builds fetches each version of it.",
    fix: "Keep archives on a branch of one commit, and replace that.",
    look: (subject) =>
      inEachSource(subject, async (repository, { gitCommit, directory }) => {
        const files = await repository.listRewritten(gitCommit, directory, BIG_BINARY);
        return files.map((path) => `${path} was changed, and has more than 2 MB`);
      }),
  },
  {
    number: 10,
    id: "source-unreachable",
    severity: "error",
    title: "Sources can be fetched by everybody, over HTTPS",
    why: "What others cannot fetch they cannot review or build; without TLS somebody on the way chooses what is built.",
    fix: "Use the https:// address of a public repository.",
    look: async ({ parsed, sources }) => {
      const wrong: string[] = [];
      const unseen: string[] = [];
      for (const source of distinctSources(parsed)) {
        const { gitRepo } = source;
        if (!sources.isOwn(gitRepo) && !/^https:\/\/(?![^/]*@)/.test(gitRepo))
          wrong.push(`${gitRepo} is not fetched over https:// without a login`);
        const problem = await problemOf(sources, source);
        if (problem?.wasTried === true) wrong.push(problem.message);
        else if (problem !== undefined) unseen.push(problem.message);
      }
      if (wrong.length > 0) return [...new Set(wrong)];
      return unseen.length > 0 ? new NotRun([...new Set(unseen)].join("; ")) : [];
    },
  },
];

function parserProblems({ parsed }: DefinitionSubject, check: number): string[] {
  return parsed.problems
    .filter((problem) => problem.check === check)
    .map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

function tagsOf({ parsed }: DefinitionSubject): string[] {
  const { entries } = parsed.definition;
  return [...new Set(entries.flatMap(({ tags, sharedTags }) => [...tags, ...sharedTags]))];
}

/** Those whose commit is whole, each once. */
export function distinctSources({ definition }: ParsedDefinition): BuildSource[] {
  const found = new Map<string, BuildSource>();
  for (const source of definition.entries.flatMap(({ sources }) => sources)) {
    const { architecture: _, ...place } = source;
    if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(source.gitCommit) && source.gitRepo !== "")
      found.set(JSON.stringify(place), source);
  }
  return [...found.values()];
}

async function problemOf(
  sources: Sources,
  source: BuildSource,
): Promise<SourceUnreadable | undefined> {
  try {
    await sources.open(source);
    return undefined;
  } catch (cause) {
    if (cause instanceof SourceUnreadable) return cause;
    throw cause;
  }
}

/** Sources that cannot be read are told of by check 10, and leave the others without an answer. */
async function inEachSource(
  { parsed, sources }: DefinitionSubject,
  look: (repository: SourceRepository, source: BuildSource) => Promise<readonly string[]>,
): Promise<Finding> {
  const wrong: string[] = [];
  let unread: SourceUnreadable | undefined;
  for (const source of distinctSources(parsed)) {
    try {
      const repository = await sources.open(source);
      wrong.push(...(await look(repository, source)));
    } catch (cause) {
      if (!(cause instanceof SourceUnreadable)) throw cause;
      unread = cause;
    }
  }
  if (wrong.length > 0) return [...new Set(wrong)];
  return unread === undefined ? [] : new NotRun(unread.message);
}

async function missingInBases(
  { parsed, bases }: DefinitionSubject,
  repository: SourceRepository,
  source: BuildSource,
): Promise<string[]> {
  if (source.builder === "oci-import") return [];
  const bytes = await repository.read(source.gitCommit, `${source.directory}/${source.file}`);
  if (bytes === undefined) return [];
  const text = bytes.toString("utf8");
  const file = { text, tags: [], bases, read: async () => undefined };
  const wanted = architecturesOf(parsed, source);
  const wrong: string[] = [];
  for (const { name, tag } of imagesOf(toDockerfileSubject(file)).filter(({ isBase }) => isBase)) {
    const base = await bases.find(name, tag || "latest");
    // An image that is none of the official ones is told of by check 11.
    if (base === undefined) continue;
    wrong.push(...missingIn(base, { image: `${name}:${tag || "latest"}`, wanted }));
  }
  return wrong;
}

function missingIn(
  { architectures }: OfficialBase,
  { image, wanted }: { readonly image: string; readonly wanted: readonly string[] },
): string[] {
  if (architectures === undefined) {
    const message = `what ${image} is built for is not known here`;
    throw new SourceUnreadable(message, { wasTried: false });
  }
  return wanted
    .filter((one) => !architectures.includes(one))
    .map((one) => `${image} is not built for ${one}`);
}

/** For which a source is built: entries that differ in nothing else share it. */
function architecturesOf({ definition }: ParsedDefinition, wanted: BuildSource): string[] {
  const same = definition.entries
    .flatMap(({ sources }) => sources)
    .filter(
      (one) =>
        one.gitRepo === wanted.gitRepo &&
        one.gitCommit === wanted.gitCommit &&
        one.directory === wanted.directory &&
        one.file === wanted.file,
    );
  return [...new Set(same.map(({ architecture }) => architecture))];
}
