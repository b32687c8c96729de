import { DockerfileParser } from "dockerfile-ast";

/** One instruction, without what only formats it. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** What follows the keyword and its flags, on one line. */
  readonly text: string;
  /** `--from=build`, without the dashes. */
  readonly flags: ReadonlyMap<string, string>;
  /** The text, split at blanks, or the list where it is written as one. */
  readonly words: readonly string[];
  readonly isList: boolean;
  /** From 1. */
  readonly line: number;
  /** The keyword as it is written. */
  readonly written: string;
  /** All of its lines as they are written. */
  readonly raw: string;
}

export interface Stage {
  readonly from: Instruction;
  /** The image or the earlier stage that it builds on. */
  readonly base: string;
  readonly name?: string;
  readonly instructions: readonly Instruction[];
}

export interface ReadDockerfile {
  readonly all: readonly Instruction[];
  readonly stages: readonly Stage[];
  /** The file, line by line. */
  readonly lines: readonly string[];
  /** What lines that go on end with. */
  readonly escapeMark: string;
}

/** Far beyond what people write, and read in milliseconds. */
const LONGEST = 1024 * 1024;

/** Throws for what is too long to have been written by somebody. */
export function readDockerfile(content: string): ReadDockerfile {
  if (content.length > LONGEST)
    throw new Error(`a Dockerfile of more than ${LONGEST} bytes is not read`);
  const continuation = /^\s*#\s*escape\s*=\s*`/im.test(content.split("\n", 3).join("\n"))
    ? "`"
    : "\\";
  const lines = content.split(/\r?\n/);
  const all = DockerfileParser.parse(content)
    .getInstructions()
    .map((found): Instruction => {
      const { start, end } = found.getRange();
      const raw = lines
        .slice(start.line, end.line + 1)
        .join("\n")
        .trimStart();
      const keyword = found.getKeyword();
      const content = unfold(raw.slice(keyword.length), continuation);
      const written = raw.slice(0, keyword.length);
      return { ...readInstruction(keyword, content, start.line + 1), written, raw };
    });
  return { all, stages: splitStages(all), lines, escapeMark: continuation };
}

/** Lines that go on, and comments between them. */
function unfold(raw: string, continuation: string): string {
  return raw
    .split(/\r?\n/)
    .filter((line) => !line.trimStart().startsWith("#"))
    .map((line) => line.trimEnd())
    .map((line) => (line.endsWith(continuation) ? line.slice(0, -1) : `${line}\n`))
    .join("")
    .trim();
}

function readInstruction(
  keyword: string,
  content: string,
  line: number,
): Omit<Instruction, "written" | "raw"> {
  const flags = new Map<string, string>();
  let text = content;
  for (let flag = /^--([\w-]+)(?:=(\S*))?\s*/.exec(text); flag !== null; ) {
    flags.set(flag[1] ?? "", flag[2] ?? "");
    text = text.slice(flag[0].length);
    flag = /^--([\w-]+)(?:=(\S*))?\s*/.exec(text);
  }
  const list = readList(text);
  return {
    keyword: keyword.toUpperCase(),
    text: list === undefined ? text : list.join(" "),
    flags,
    words: list ?? text.split(/\s+/).filter((word) => word !== ""),
    isList: list !== undefined,
    line,
  };
}

function readList(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map(String) : undefined;
  } catch {
    // Builders take a list that is no JSON for a command of the shell, and so do we.
    return undefined;
  }
}

function splitStages(all: readonly Instruction[]): Stage[] {
  const starts = all.flatMap(({ keyword }, index) => (keyword === "FROM" ? [index] : []));
  return starts.flatMap((start, index) => {
    const from = all[start];
    if (from === undefined) return [];
    const [base = "", as = "", name] = from.words;
    return {
      from,
      base,
      ...(as.toUpperCase() === "AS" && name !== undefined ? { name: name.toLowerCase() } : {}),
      instructions: all.slice(start + 1, starts[index + 1]),
    };
  });
}
