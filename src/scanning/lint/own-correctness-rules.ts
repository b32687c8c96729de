import { programOf, splitCommands } from "../flaws/dockerfile/commands.ts";
import type { Instruction, Stage } from "../flaws/dockerfile/read-dockerfile.ts";
import { assignments, sourcesOf } from "../flaws/dockerfile/stage-flaws.ts";
import { example, type LintRule, onInstructions } from "./lint-rule.ts";
import { ancestry, namesIn, parentOf, variablesIn } from "./variables.ts";

/** What does not do what it seems to. */
export const CORRECTNESS_RULES: readonly LintRule[] = [
  {
    id: "copy-from-unknown-stage",
    theme: "correctness",
    severity: "medium",
    title: "COPY --from names no earlier stage",
    why: "It is taken for the name of an image, which is fetched from wherever that is.",
    fix: "Name a stage above, or the image with its tag.",
    hadolint: ["DL3022"],
    fires: example("FROM alpine", "COPY --from=builder /app /app"),
    silent: example("FROM golang:1.23 AS builder", "FROM alpine", "COPY --from=builder /app /app"),
    check: onInstructions(["COPY"], (copy, stage, { stages }) => {
      const from = copy.flags.get("from") ?? "";
      const before = stages.slice(0, stages.indexOf(stage) + 1);
      const isKnown = before.some(
        ({ name }, at) => name === from.toLowerCase() || `${at}` === from,
      );
      return from === "" || isKnown || /[:/@$]/.test(from) ? [] : [{ detail: from }];
    }),
  },
  {
    id: "onbuild-not-allowed",
    theme: "correctness",
    severity: "high",
    title: "ONBUILD of an instruction that may not be there",
    why: "FROM, ONBUILD and MAINTAINER cannot be put off to a later build: it fails.",
    fix: "Write the instruction into the later Dockerfile.",
    hadolint: ["DL3043"],
    fires: example("FROM alpine", "ONBUILD FROM debian"),
    silent: example("FROM alpine", "ONBUILD RUN make"),
    check: onInstructions(["ONBUILD"], ({ words }) =>
      /^(?:FROM|ONBUILD|MAINTAINER)$/i.test(words[0] ?? "") ? [{ detail: words[0] ?? "" }] : [],
    ),
  },
  {
    id: "env-refers-to-itself",
    theme: "correctness",
    severity: "medium",
    title: "ENV uses a variable that the same ENV sets",
    why: "All of one ENV is put in at once, so the value is the one from before.",
    fix: "Use two ENV instructions.",
    hadolint: ["DL3044"],
    fires: example("FROM alpine", "ENV ROOT=/srv APP=$ROOT/app"),
    silent: example("FROM alpine", "ENV ROOT=/srv", "ENV APP=$ROOT/app PATH=$PATH:/srv"),
    check: onInstructions(["ENV"], (env, stage, { stages, escapeMark }) => {
      const set = assignments(env);
      const names = new Set(set.map(([name]) => name));
      const before = ancestry(stage, stages).flatMap(({ instructions }) => instructions);
      const earlier = before
        .slice(0, before.indexOf(env))
        .filter(({ keyword }) => keyword === "ENV" || keyword === "ARG");
      const known = new Set(earlier.flatMap(namesIn));
      const wrong = set.flatMap(([own, value]) =>
        variablesIn(value, escapeMark)
          // `PATH=$PATH:/srv` means the value from before, and says so.
          .filter(({ name }) => name !== own && names.has(name) && !known.has(name))
          .map(({ name }) => name),
      );
      return [...new Set(wrong)].map((name) => ({ detail: name }));
    }),
  },
  {
    id: "copy-before-workdir",
    theme: "correctness",
    severity: "medium",
    title: "COPY to a relative path before any WORKDIR",
    why: "Where the files go depends on the base image.",
    fix: "Set WORKDIR first, or write the whole path.",
    hadolint: ["DL3045"],
    fires: example("FROM alpine", "COPY app bin/"),
    silent: example("FROM alpine", "WORKDIR /srv", "COPY app bin/"),
    check: onInstructions(["COPY"], (copy, stage, { stages }) => {
      const target = (copy.words.at(-1) ?? "/").replace(/^["']/, "");
      if (/^(?:[/\\$]|[A-Za-z]:)/.test(target)) return [];
      const own = stage.instructions.slice(0, stage.instructions.indexOf(copy));
      const above = parentOf(stage, stages);
      const inherited =
        above === undefined ? [] : ancestry(above, stages).flatMap((one) => one.instructions);
      return [...inherited, ...own].some(({ keyword }) => keyword === "WORKDIR")
        ? []
        : [{ detail: target }];
    }),
  },
  {
    id: "instruction-before-from",
    theme: "correctness",
    severity: "high",
    title: "An instruction stands before the first FROM",
    why: "Only ARG may: the build fails.",
    fix: "Move it below FROM.",
    hadolint: ["DL3061"],
    fires: example("RUN make", "FROM alpine"),
    silent: example("ARG VERSION=3.22", "FROM alpine:$VERSION"),
    check: ({ all }) => {
      const end = all.findIndex(({ keyword }) => keyword === "FROM");
      return all
        .slice(0, Math.max(end, 0))
        .filter(({ keyword }) => keyword !== "ARG")
        .map((instruction) => ({ instruction, detail: instruction.keyword }));
    },
  },
  {
    id: "copy-of-archive",
    theme: "hygiene",
    severity: "low",
    title: "An archive is copied to be unpacked",
    why: "The archive stays in its layer, beside what comes out of it.",
    fix: "Use ADD, which unpacks it.",
    hadolint: ["DL3010"],
    fires: example("FROM alpine", "COPY src.tar.gz /tmp/", "RUN tar -xzf /tmp/src.tar.gz"),
    silent: example("FROM alpine", "COPY src.tar.gz /tmp/", "RUN gzip -t /tmp/src.tar.gz"),
    check: onInstructions(["COPY"], (copy, stage) => {
      if (copy.flags.has("from")) return [];
      return sourcesOf(copy)
        .filter((source) => /\.(?:tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz|zst))$/.test(source))
        .filter((source) => isUnpacked(source, copy, stage))
        .map((source) => ({ detail: source }));
    }),
  },
  {
    id: "registry-not-trusted",
    theme: "security",
    severity: "high",
    title: "The base comes from a registry that is not among the trusted ones",
    why: "Whoever keeps that registry decides what is in the image.",
    fix: "Use an image of one of the registries that were named.",
    hadolint: ["DL3026"],
    fires: { ...example("FROM quay.example.com/tools/base:1"), registries: ["hub.example.com"] },
    silent: { ...example("FROM hub.example.com/tools/base:1"), registries: ["hub.example.com"] },
    check: onInstructions(["FROM"], (_, stage, { stages, options: { registries = [] } }) => {
      const { base } = stage;
      if (registries.length === 0 || base === "scratch" || base.includes("$")) return [];
      if (parentOf(stage, stages) !== undefined) return [];
      const [first = "", ...rest] = base.split("/");
      const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
      const registry = hasHost ? first : "docker.io";
      return registries.includes(registry) ? [] : [{ detail: registry }];
    }),
  },
];

function isUnpacked(source: string, copy: Instruction, { instructions }: Stage): boolean {
  const name = source.slice(source.lastIndexOf("/") + 1);
  return instructions
    .slice(instructions.indexOf(copy))
    .filter(({ keyword }) => keyword === "RUN")
    .flatMap(({ text }) => splitCommands(text))
    .some(
      (command) =>
        (programOf(command) === "unzip" ||
          (programOf(command) === "tar" && /^-?-?\w*x/.test(command[1] ?? ""))) &&
        command.some((word) => word.endsWith(name)),
    );
}
