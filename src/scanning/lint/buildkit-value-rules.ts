import type { Instruction } from "../flaws/dockerfile/read-dockerfile.ts";
import { sourcesOf } from "../flaws/dockerfile/stage-flaws.ts";
import { readDockerIgnore } from "./docker-ignore.ts";
import { example, type LintedFile, type LintRule, onInstructions } from "./lint-rule.ts";
import { ancestry, globalArguments, namesIn, variablesIn } from "./variables.ts";

/** Where builders put variables in; in RUN and its like the shell does. */
const EXPANDED = new Set("ADD COPY ENV EXPOSE LABEL STOPSIGNAL USER VOLUME WORKDIR".split(" "));
/** What base images set, as far as their names tell, and what each builder knows. */
const FROM_BASE =
  /^(?:PATH|HOME|HOSTNAME|TERM|LANG|LC_\w+|TZ|SHELL|PWD|USER|DEBIAN_FRONTEND|GOPATH|GOROOT|GOTOOLCHAIN|LD_LIBRARY_PATH|PYTHON\w*|NODE\w*|JAVA\w*|\w+_(?:HOME|VERSION|DIR|PATH))$/;
const PREDEFINED =
  /^(?:HTTPS?_PROXY|FTP_PROXY|NO_PROXY|ALL_PROXY|SOURCE_DATE_EPOCH|BUILDKIT_\w+)$/i;

/** BuildKit's checks of arguments, variables and values. */
export const BUILDKIT_VALUE_RULES: readonly LintRule[] = [
  {
    id: "UndefinedArgInFrom",
    theme: "buildkit",
    severity: "high",
    title: "FROM uses an argument that is not declared",
    why: "It is empty there, so another image is meant than it seems, or none.",
    fix: "Declare it by ARG before the first FROM.",
    fires: example("FROM node:22$" + "{VARIANT}"),
    silent: example("ARG VARIANT=-alpine", "FROM node:22$" + "{VARIANT}"),
    check: (file) => {
      const known = globalArguments(file.all);
      return file.stages.flatMap(({ from }) =>
        variablesIn(`${from.flags.get("platform") ?? ""} ${from.text}`, file.escapeMark)
          .filter(({ name, hasDefault }) => !hasDefault && !known.has(name))
          .map(({ name }) => ({ instruction: from, detail: name })),
      );
    },
  },
  {
    id: "InvalidDefaultArgInFrom",
    theme: "buildkit",
    severity: "medium",
    title: "FROM names no image unless an argument is given",
    why: "The argument has no default, and the name is none without it: a plain build fails.",
    fix: "Give the ARG a default.",
    fires: example("ARG TAG", "FROM busybox:$" + "{TAG}"),
    silent: example("ARG TAG=1.37", "FROM busybox:$" + "{TAG}"),
    check: (file) => {
      const known = globalArguments(file.all);
      return file.stages.flatMap(({ from, base }) => {
        const used = variablesIn(base, file.escapeMark).filter(({ hasDefault }) => !hasDefault);
        if (used.length === 0 || used.some(({ name }) => !known.has(name))) return [];
        const name = base.replace(
          /\$\{(\w+)\}|\$(\w+)/g,
          (_, braced, bare) => known.get(braced ?? bare) ?? "",
        );
        const isName =
          /^[a-z0-9][\w.:/@-]*[\w]$|^[a-z0-9]$/i.test(name) && !/:\/|\/\/|::/.test(name);
        return isName
          ? []
          : [{ instruction: from, detail: name === "" ? "nothing is left" : name }];
      });
    },
  },
  {
    id: "UndefinedVar",
    theme: "buildkit",
    severity: "medium",
    title: "A variable is used that nothing sets",
    why: "It is empty there: the path or value is another than it seems.",
    fix: "Declare it by ARG or ENV in the same stage.",
    fires: example("FROM alpine AS base", "COPY $foo ."),
    silent: example("FROM alpine AS base", "ARG foo=src", "COPY $foo ."),
    check: undefinedVariables,
  },
  {
    id: "LegacyKeyValueFormat",
    theme: "buildkit",
    severity: "low",
    title: "ENV or LABEL without =",
    why: "The older form takes one name a line, and is going to be removed.",
    fix: "Write NAME=VALUE.",
    fires: example("FROM alpine", "ENV DEPTH 3"),
    silent: example("FROM alpine", "ENV DEPTH=3"),
    check: onInstructions(["ENV", "LABEL"], ({ text, raw, written }) => {
      const [, name, value] = /^([^\s="]+)\s+(.+)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) return [];
      const quoted = /^["']|^\S+$/.test(value) ? value : JSON.stringify(value);
      const isOneLine = !raw.includes("\n");
      return [{ detail: name, instead: isOneLine ? `${written} ${name}=${quoted}` : undefined }];
    }),
  },
  {
    id: "CopyIgnoredFile",
    theme: "buildkit",
    severity: "high",
    title: "COPY of a file that .dockerignore keeps out",
    why: "It is not in the context, so the build fails.",
    fix: "Take it out of .dockerignore, or do not copy it.",
    fires: {
      ...example("FROM scratch", "COPY Dockerfile /"),
      ignored: readDockerIgnore("Dockerfile"),
    },
    silent: {
      ...example("FROM scratch", "COPY Dockerfile /"),
      ignored: readDockerIgnore("*file\n!Dockerfile"),
    },
    check: onInstructions(["COPY", "ADD"], (copy, _, { options }) => {
      if (copy.flags.has("from") || options.ignored === undefined) return [];
      const { ignored } = options;
      return sourcesOf(copy)
        .filter((source) => !/^https?:|^git@|[*?[$]/.test(source) && ignored(source))
        .map((source) => ({ detail: source }));
    }),
  },
  {
    id: "ExposeProtoCasing",
    theme: "buildkit",
    severity: "low",
    title: "EXPOSE with a protocol in capitals",
    why: "Protocols are written in lower case.",
    fix: "Write tcp, udp or sctp.",
    fires: example("FROM alpine", "EXPOSE 80/TcP"),
    silent: example("FROM alpine", "EXPOSE 80/tcp"),
    check: onInstructions(["EXPOSE"], ({ words, raw }) =>
      words
        .filter((word) => /\/\w*[A-Z]/.test(word))
        .map((word) => ({ detail: word, instead: raw.replace(word, word.toLowerCase()) })),
    ),
  },
  {
    id: "ExposeInvalidFormat",
    theme: "buildkit",
    severity: "medium",
    title: "EXPOSE of an address or of two ports",
    why: "What a port is published as is said when the container is started; here it is an error.",
    fix: "Name the port of the container alone.",
    fires: example("FROM alpine", "EXPOSE 127.0.0.1:80:8080"),
    silent: example("FROM alpine", "EXPOSE 8080"),
    check: onInstructions(["EXPOSE"], ({ words, raw }) =>
      words
        .filter((word) => word.includes(":") && !word.includes("$"))
        .map((word) => ({ detail: word, instead: raw.replace(word, word.replace(/^.*:/, "")) })),
    ),
  },
];

function undefinedVariables(file: LintedFile) {
  const { stages, escapeMark } = file;
  return stages.flatMap((stage) => {
    const line = ancestry(stage, stages);
    const isKnownBase = line[0]?.base === "scratch";
    const known = new Set<string>();
    for (const { instructions } of line.slice(0, -1))
      for (const one of instructions) declare(one, known);
    return stage.instructions.flatMap((instruction) => {
      const used = EXPANDED.has(instruction.keyword)
        ? variablesIn(valuesOf(instruction), escapeMark)
        : [];
      const missing = used.filter(
        ({ name, hasDefault }) =>
          !hasDefault &&
          !known.has(name) &&
          !PREDEFINED.test(name) &&
          (isKnownBase || !FROM_BASE.test(name)),
      );
      declare(instruction, known);
      const names = new Set(missing.map(({ name }) => name));
      return [...names].map((name) => ({ instruction, detail: name }));
    });
  });
}

function declare(instruction: Instruction, known: Set<string>): void {
  if (instruction.keyword !== "ARG" && instruction.keyword !== "ENV") return;
  for (const name of namesIn(instruction)) known.add(name);
}

/** Not the text that a COPY brings along, which has variables of its own. */
function valuesOf({ text, flags }: Instruction): string {
  const [line = ""] = text.split("\n", 1);
  return [...flags.values(), text.includes("<<") ? line : text].join(" ");
}
