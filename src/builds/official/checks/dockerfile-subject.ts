import { findDockerfileFlaws, type Instruction, readDockerfile } from "../../../scanning/index.ts";

/** An image that others build on, as this hub knows it. */
export interface OfficialBase {
  /** As the definition calls them: amd64, arm64v8. Undefined where that is not known. */
  readonly architectures: readonly string[] | undefined;
  /** How many layers of whatever builds on it are its own, for each architecture. */
  readonly layers?: ReadonlyMap<string, number>;
}

export interface OfficialBases {
  /** Undefined where there is no such official image. */
  find(name: string, tag: string): Promise<OfficialBase | undefined>;
  /** Digests of images from elsewhere that an administrator allowed to build on. */
  readonly pins: ReadonlySet<string>;
}

/** One Dockerfile of a definition, with what stands beside it. */
export interface DockerfileSubject {
  readonly text: string;
  readonly instructions: readonly Instruction[];
  /** The names of the checks of scanning that found something, with the line. */
  readonly flaws: readonly { readonly id: string; readonly line: number }[];
  readonly tags: readonly string[];
  readonly bases: OfficialBases;
  /** A file of the build context; undefined where there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
}

export function toDockerfileSubject(
  file: Pick<DockerfileSubject, "text" | "tags" | "bases" | "read">,
): DockerfileSubject {
  const flaws = findDockerfileFlaws(file.text).map(({ id, origin }) => ({
    id,
    line: origin.line ?? 1,
  }));
  return { ...file, instructions: readDockerfile(file.text).all, flaws };
}

export function runsOf({ instructions }: DockerfileSubject): readonly Instruction[] {
  return instructions.filter(({ keyword }) => keyword === "RUN");
}

/** Files of the build context that an instruction copies; nothing for what comes from another stage or from elsewhere. */
export function copiedBy({ keyword, words, flags }: Instruction): readonly string[] {
  if ((keyword !== "COPY" && keyword !== "ADD") || flags.has("from")) return [];
  return words.slice(0, -1).filter((word) => !/^<<|^[a-z+]+:\/\/|^git@/.test(word));
}

/** `ENV A=b C="d e"`, `ENV A b` and `ARG A=b`. */
export function variablesOf(instructions: readonly Instruction[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { keyword, text } of instructions) {
    if (keyword !== "ENV" && keyword !== "ARG") continue;
    const pairs = [...text.matchAll(/([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)/g)];
    for (const [, name = "", value = ""] of pairs)
      found.set(name, value.replace(/^["']|["']$/g, ""));
    const [, name, value = ""] = /^([A-Za-z_]\w*)(?:\s+(.*))?$/s.exec(text) ?? [];
    if (pairs.length === 0 && name !== undefined) found.set(name, value);
  }
  return found;
}

/** With `$NAME` and `${NAME:-x}` put in, as far as the file says what they are. */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  const pattern = /\$(?:\{([A-Za-z_]\w*)(?::?[-+?]([^}]*))?\}|([A-Za-z_]\w*))/g;
  return text.replaceAll(pattern, (...found: (string | undefined)[]) => {
    const [whole = "", braced, fallback, bare] = found;
    return variables.get(braced ?? bare ?? "") ?? fallback ?? whole;
  });
}

export function atLine(line: number, sentence: string): string {
  return `line ${line}: ${sentence}`;
}
