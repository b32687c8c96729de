import type { FlawId } from "../flaw.ts";
import { isSecretName, isSecretVariable } from "../secrets/secret-names.ts";
import { programOf, splitCommands } from "./commands.ts";
import type { Instruction, Stage } from "./read-dockerfile.ts";

export interface FoundInStage {
  readonly id: FlawId;
  readonly instruction: Instruction;
  readonly detail?: string;
}

const PRIVATE =
  /(?:^|\/)(?:\.ssh|id_(?:rsa|dsa|ecdsa|ed25519)|\.env|\.netrc|\.npmrc|\.pypirc|\.git-credentials|credentials\.json|\.aws|\.kube|\.docker)(?:\/|$)|\.(?:pem|key|p12|pfx|jks)$/;
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tar\.\w+)$/i;

/** What is wrong with single instructions. */
export function instructionFlaws(stage: Stage, instruction: Instruction): FoundInStage[] {
  const ids = CHECKS[instruction.keyword]?.(instruction, stage) ?? [];
  return ids.map((id) => ({ id, instruction }));
}

const CHECKS: Readonly<Record<string, (found: Instruction, stage: Stage) => FlawId[]>> = {
  MAINTAINER: () => ["maintainer-deprecated"],
  EXPOSE: ({ words }) => [
    ...when(
      "ssh-port-exposed",
      words.some((port) => /^22(?:\/tcp)?$/.test(port)),
    ),
    ...when(
      "port-out-of-range",
      words.some((port) => Number(/^(\d+)(?:\/\w+)?$/.exec(port)?.[1] ?? 0) > 65_535),
    ),
  ],
  WORKDIR: (workdir, { instructions }) => {
    const before = instructions.slice(0, instructions.indexOf(workdir));
    // Then it does not hang on the base image.
    const isPlaced = before.some((one) => one.keyword === "WORKDIR" && isAbsolute(one));
    return when("relative-workdir", !isAbsolute(workdir) && !isPlaced);
  },
  CMD: commandFlaws,
  ENTRYPOINT: commandFlaws,
  ADD: (add) => {
    const sources = sourcesOf(add);
    const fetched = sources.filter((source) => /^https?:\/\//.test(source));
    const isGit = sources.some((source) => /^git@|\.git(?:#|$)/.test(source));
    const unpacks = sources.some((source) => ARCHIVE.test(source));
    return [
      ...when("added-from-url", fetched.length > 0 && !isGit && !add.flags.has("checksum")),
      ...when(
        "plain-http",
        fetched.some((source) => source.startsWith("http:")),
      ),
      ...when("add-instead-of-copy", fetched.length === 0 && !isGit && !unpacks),
      ...copyFlaws(add),
    ];
  },
  COPY: (copy, stage) => [
    ...when(
      "copy-from-itself",
      stage.name !== undefined && copy.flags.get("from")?.toLowerCase() === stage.name,
    ),
    ...copyFlaws(copy),
  ],
  ENV: (env) =>
    when(
      "secret-in-dockerfile",
      assignments(env).some(([name, value]) => isSecretVariable(name, value)),
    ),
  ARG: (arg) =>
    when(
      "secret-in-dockerfile",
      assignments(arg).some(([name, value]) => isSecretVariable(name, value)) ||
        isSecretName(arg.words[0]?.split("=", 1)[0] ?? ""),
    ),
};

function isAbsolute({ words }: Instruction): boolean {
  return /^["']?(?:[/\\$]|[A-Za-z]:)/.test(words[0] ?? "/");
}

/** Whoever sets the shell means it. */
function commandFlaws(command: Instruction, { instructions }: Stage): FlawId[] {
  const hasShell = instructions.some(({ keyword }) => keyword === "SHELL");
  return when("command-by-shell", !command.isList && !hasShell);
}

function when(id: FlawId, applies: boolean): FlawId[] {
  return applies ? [id] : [];
}

function copyFlaws(copy: Instruction): FlawId[] {
  const sources = sourcesOf(copy);
  const target = copy.words.at(-1) ?? "";
  const isTo =
    target.endsWith("/") || target === "." || target.endsWith("/.") || target.startsWith("$");
  return [
    ...when("copy-several-without-slash", sources.length > 1 && !isTo),
    ...when(
      "private-file-copied",
      sources.some((source) => PRIVATE.test(source)),
    ),
  ];
}

export function sourcesOf({ words }: Instruction): readonly string[] {
  // `COPY <<EOF /file` brings its text along.
  return words.slice(0, -1).filter((word) => !word.startsWith("<<"));
}

/** `A=b C="d e"`, and the older `A b`. */
export function assignments({ text, keyword }: Instruction): [name: string, value: string][] {
  const found = [...text.matchAll(/([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)/g)];
  if (found.length > 0) return found.map(([, name = "", value = ""]) => [name, value]);
  const [, name, value = ""] = /^(\w+)\s+(.*)$/s.exec(text) ?? [];
  return keyword === "ENV" && name !== undefined ? [[name, value]] : [];
}

const ONCE: readonly [keyword: string, id: FlawId][] = [
  ["ENTRYPOINT", "several-entrypoints"],
  ["CMD", "several-commands"],
  ["HEALTHCHECK", "several-healthchecks"],
];

/** What is wrong with a stage as a whole. */
export function stageFlaws({ instructions }: Stage): FoundInStage[] {
  const repeated = ONCE.flatMap(([keyword, id]) => {
    const [first, second] = instructions.filter((found) => found.keyword === keyword);
    return first === undefined || second === undefined ? [] : [{ id, instruction: second }];
  });
  const runs = instructions.filter(({ keyword }) => keyword === "RUN");
  const using = (program: string) =>
    runs.find(({ text }) => splitCommands(text).some((command) => programOf(command) === program));
  const [wget, curl] = [using("wget"), using("curl")];
  const both: FoundInStage[] = wget && curl ? [{ id: "wget-and-curl", instruction: wget }] : [];
  return [...repeated, ...both];
}

/** What only the stage that becomes the image is asked for. */
export function lastStageFlaws(stage: Stage): FoundInStage[] {
  const { instructions, from } = stage;
  const user = instructions.findLast(({ keyword }) => keyword === "USER");
  const [name = ""] = (user?.words[0] ?? "").split(":");
  const found: FoundInStage[] = [];
  if (["", "root", "0"].includes(name)) {
    found.push({
      id: "user-is-root",
      instruction: user ?? from,
      ...(user === undefined ? { detail: "no USER is set" } : {}),
    });
  }
  if (!instructions.some(({ keyword }) => keyword === "HEALTHCHECK")) {
    found.push({ id: "no-healthcheck", instruction: from });
  }
  return found;
}
