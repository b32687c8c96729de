import type { Instruction } from "../../../scanning/index.ts";
import type { Check } from "./check.ts";
import { atLine, type DockerfileSubject, substitute, variablesOf } from "./dockerfile-subject.ts";

/** An image from which something of a Dockerfile comes. */
interface UsedImage {
  readonly line: number;
  readonly name: string;
  /** Empty where none is written. */
  readonly tag: string;
  readonly digest: string | undefined;
  readonly isBase: boolean;
}

/** Which images a Dockerfile needs: of FROM, COPY --from and RUN --mount; not its own stages, and not scratch. */
export function imagesOf({ instructions }: Pick<DockerfileSubject, "instructions">): UsedImage[] {
  const variables = variablesOf(instructions);
  const stages = new Set<string>();
  const found: UsedImage[] = [];
  for (const instruction of instructions) {
    for (const written of referencesOf(instruction)) {
      const image = substitute(written, variables);
      const isOwn = stages.has(image.toLowerCase()) || image === "scratch" || /^\d+$/.test(image);
      const { line, keyword } = instruction;
      if (!isOwn) found.push({ line, isBase: keyword === "FROM", ...splitImage(image) });
    }
    if (instruction.keyword === "FROM" && instruction.words[1]?.toUpperCase() === "AS")
      stages.add((instruction.words[2] ?? "").toLowerCase());
  }
  return found;
}

function referencesOf({ keyword, words, flags }: Instruction): string[] {
  if (keyword === "FROM") return words.slice(0, 1);
  const from = keyword === "COPY" ? flags.get("from") : undefined;
  const mounted = keyword === "RUN" ? /(?:^|,)from=([^,]+)/.exec(flags.get("mount") ?? "") : null;
  return [from, mounted?.[1]].filter((one) => one !== undefined);
}

function splitImage(image: string): Pick<UsedImage, "name" | "tag" | "digest"> {
  const [named = "", digest] = image.split("@");
  const [, name = named, tag = ""] = /^(.*?)(?::([^:/]+))?$/.exec(named) ?? [];
  return { name: name.replace(/^(?:docker\.io\/)?library\//, ""), tag, digest };
}

export const BASE_CHECKS: readonly Check<DockerfileSubject>[] = [
  {
    number: 11,
    id: "base-not-official",
    severity: "error",
    title: "Builds on official images alone",
    why: "An image is as trustworthy as what it is built on, and only official images are looked after like this one.",
    fix: "Build on an official image or on scratch, or have an administrator allow the image by its digest.",
    look: async (subject) => {
      const wrong: string[] = [];
      for (const { line, name, tag, digest } of imagesOf(subject)) {
        if (digest !== undefined && subject.bases.pins.has(digest)) continue;
        const isShort = !name.includes("/");
        if (isShort && (await subject.bases.find(name, tag || "latest"))) continue;
        wrong.push(atLine(line, `${name} is no official image, and is not allowed by its digest`));
      }
      return wrong;
    },
  },
  {
    number: 12,
    id: "base-without-tag",
    severity: "warning",
    title: "Names the version of its base",
    why: "Without a tag, or with `latest`, the next build may be on something else altogether.",
    fix: "Name the version: FROM debian:12.",
    look: (subject) =>
      imagesOf(subject)
        .filter(({ tag, digest }) => digest === undefined && (tag === "" || tag === "latest"))
        .map(({ line, name }) => atLine(line, `${name} has no tag but latest`)),
  },
  {
    number: 27,
    id: "instruction-out-of-place",
    severity: "error",
    title: "No MAINTAINER, and ONBUILD only in variants for it",
    why: "MAINTAINER is given up by Docker. ONBUILD runs in whatever is built on the image, which people do not expect of a default tag.",
    fix: "Name maintainers in the definition; move ONBUILD to a variant whose tags say onbuild.",
    look: ({ instructions, tags }) =>
      instructions.flatMap(({ keyword, line }) => {
        const isOut =
          keyword === "MAINTAINER" ||
          (keyword === "ONBUILD" && tags.some((tag) => !tag.includes("onbuild")));
        return isOut ? [atLine(line, `${keyword} does not belong here`)] : [];
      }),
  },
  {
    number: 28,
    id: "foreign-syntax",
    severity: "warning",
    title: "Read by a known front end",
    why: "`# syntax=` names an image that reads the Dockerfile: whoever publishes it decides what is built.",
    fix: "Use docker/dockerfile, or none.",
    look: ({ text }) => {
      const [, image] = /^#\s*syntax\s*=\s*(\S+)/im.exec(directivesOf(text)) ?? [];
      const isKnown = image === undefined || /^(?:docker\.io\/)?docker\/dockerfile[:@]/.test(image);
      return isKnown ? [] : [atLine(1, `the Dockerfile is read by ${image}`)];
    },
  },
];

/** Comments count as directives until the first other line. */
function directivesOf(text: string): string {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines.slice(0, end === -1 ? lines.length : end).join("\n");
}
