import { type CheckResult, type Looked, runChecks, withoutRunning } from "./checks/check.ts";
import { DEFINITION_CHECKS, distinctSources } from "./checks/definition-checks.ts";
import { DOCKERFILE_CHECKS } from "./checks/dockerfile-checks.ts";
import {
  copiedBy,
  type DockerfileSubject,
  type OfficialBases,
  toDockerfileSubject,
} from "./checks/dockerfile-subject.ts";
import { DOCS_CHECKS, type Documentation } from "./checks/docs-checks.ts";
import { IMAGE_CHECKS } from "./checks/image-checks.ts";
import type { ImageSubject } from "./checks/image-subject.ts";
import type { BuildSource, ParsedDefinition } from "./parse-definition.ts";
import { type Sources, SourceUnreadable } from "./sources/sources.ts";

export interface SourceChecks {
  readonly parsed: ParsedDefinition;
  readonly sources: Sources;
  readonly bases: OfficialBases;
  /** Undefined where none was given to look at. */
  readonly docs: Documentation | undefined;
  /** What was built; none where nothing was. */
  readonly images: readonly Looked<ImageSubject>[];
}

/** All of the 46, in their order; those that had nothing to look at say so. */
export async function checkSources(wish: SourceChecks): Promise<CheckResult[]> {
  const files = await readDockerfiles(wish);
  const { docs, images } = wish;
  const entrypoints = files.subjects.flatMap(({ entrypoints: scripts }) => scripts);
  return [
    ...(await runChecks(DEFINITION_CHECKS, [{ name: "", subject: wish }])),
    ...(files.subjects.length === 0
      ? withoutRunning(DOCKERFILE_CHECKS, files.why)
      : await runChecks(DOCKERFILE_CHECKS, files.subjects)),
    ...(images.length === 0
      ? withoutRunning(IMAGE_CHECKS, "nothing was built to look at")
      : await runChecks(IMAGE_CHECKS, images)),
    ...(docs === undefined
      ? withoutRunning(DOCS_CHECKS, "no documentation was given to look at")
      : await runChecks(DOCS_CHECKS, [{ name: "", subject: { docs, entrypoints } }])),
  ];
}

type LookedDockerfile = Looked<DockerfileSubject> & { readonly entrypoints: readonly string[] };

/** Those that can be read; the others are told of by the checks of the definition. */
async function readDockerfiles({ parsed, sources, bases }: SourceChecks) {
  const subjects: LookedDockerfile[] = [];
  let why = "the definition names no Dockerfile that could be read";
  for (const source of distinctSources(parsed)) {
    if (source.builder === "oci-import") continue;
    try {
      const repository = await sources.open(source);
      const read = async (path: string) =>
        (await repository.read(source.gitCommit, `${source.directory}/${path}`))?.toString("utf8");
      const text = await read(source.file);
      if (text === undefined) continue;
      const tags = tagsOf(parsed, source);
      const subject = toDockerfileSubject({ text, tags, bases, read });
      subjects.push({ name: tags[0] ?? "", subject, entrypoints: await readEntrypoints(subject) });
    } catch (cause) {
      if (!(cause instanceof SourceUnreadable)) throw cause;
      why = cause.message;
    }
  }
  return { subjects, why };
}

function tagsOf({ definition }: ParsedDefinition, { gitCommit, directory, file }: BuildSource) {
  return definition.entries
    .filter(({ sources }) =>
      sources.some(
        (one) => one.gitCommit === gitCommit && one.directory === directory && one.file === file,
      ),
    )
    .flatMap(({ tags, sharedTags }) => [...tags, ...sharedTags]);
}

async function readEntrypoints({ instructions, read }: DockerfileSubject): Promise<string[]> {
  const named = instructions
    .flatMap(copiedBy)
    .filter((path) => /entry-?point/i.test(path.slice(path.lastIndexOf("/") + 1)));
  const texts = await Promise.all([...new Set(named)].map(read));
  return texts.filter((text) => text !== undefined);
}
