import { quoteInstruction } from "../flaws/dockerfile/find-dockerfile-flaws.ts";
import { type Instruction, readDockerfile } from "../flaws/dockerfile/read-dockerfile.ts";

/** The script of one RUN; its lines are those of the Dockerfile. */
export interface ShellScript {
  readonly shell: "sh" | "bash" | "dash" | "ksh";
  readonly script: string;
  /** From 1: where its first line stands. */
  readonly line: number;
  readonly instruction: string;
}

/** What the shell is given by a Dockerfile. Lists are run without one, and of other shells nothing is known. */
export function listShellScripts(content: string): ShellScript[] {
  const { stages, escapeMark } = readDockerfile(content);
  return stages.flatMap(({ instructions }) => {
    let shell = shellOf("/bin/sh");
    return instructions.flatMap((instruction): ShellScript[] => {
      if (instruction.keyword === "SHELL") shell = shellOf(instruction.words[0] ?? "");
      if (instruction.keyword !== "RUN" || instruction.isList || shell === undefined) return [];
      const { line } = instruction;
      return [
        {
          shell,
          line,
          ...scriptOf(instruction, escapeMark),
          instruction: quoteInstruction(instruction),
        },
      ];
    });
  });
}

function shellOf(path: string): ShellScript["shell"] | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "ash") return "dash";
  return (["sh", "bash", "dash", "ksh"] as const).find((one) => one === name);
}

/** Without the keyword and its flags, in whose place blanks stand, and without comments, which builders take out. */
function scriptOf({ raw, written }: Instruction, escapeMark: string): { readonly script: string } {
  const lines = raw.split(/\r?\n/);
  const [first = "", ...rest] = lines;
  const marker = /^\s*\w+\s+(?:--\S+\s+)*<<-?["']?(\w+)["']?\s*$/.exec(first)?.[1];
  if (marker !== undefined)
    return { script: ["", ...rest.filter((line) => line.trim() !== marker)].join("\n") };
  const bare = first
    .replace(written, " ".repeat(written.length))
    .replace(/^\s+(?:--\w[\w-]*(?:=\S*)?\s+)*/, (flags) => " ".repeat(flags.length));
  const script = [bare, ...rest].map((line) => {
    if (/^\s*(?:#.*)?$/.test(line)) return "\\";
    return line.trimEnd().endsWith(escapeMark) ? `${line.trimEnd().slice(0, -1)}\\` : line;
  });
  return { script: script.join("\n") };
}
