import { posix } from "node:path";
import { compilePattern, type LinearPattern, PatternError } from "../../../lib/linear-pattern.ts";
import { BuildFailed } from "../build-failed.ts";
import type { Verdict } from "./send-files.ts";

interface IgnoreRule {
  readonly pattern: LinearPattern;
  readonly isIgnored: boolean;
}

/** A `.dockerignore`, with Docker's meaning: the last line that fits a path, or a folder above it, decides. Throws BuildFailed. */
export function parseDockerIgnore(text: string): (path: string) => Verdict {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap((line) => parseLine(line.trim()));
  const hasExceptions = rules.some(({ isIgnored }) => !isIgnored);
  return (path) => {
    const parts = path.split("/");
    const above = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    const last = rules.findLast(({ pattern }) => above.some((one) => pattern.matches(one)));
    if (last === undefined || !last.isIgnored) return "take";
    return hasExceptions ? "look" : "skip";
  };
}

function parseLine(line: string): IgnoreRule[] {
  if (line === "" || line.startsWith("#")) return [];
  const isIgnored = !line.startsWith("!");
  const glob = posix
    .normalize((isIgnored ? line : line.slice(1)).trim())
    .replace(/^\/+/, "")
    .replace(/\/$/, "");
  if (glob === "" || glob === ".") return [];
  try {
    return [{ pattern: compileGlob(glob), isIgnored }];
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    throw new BuildFailed(`.dockerignore: ${JSON.stringify(line)}: ${cause.message}`, { cause });
  }
}

function compileGlob(glob: string): LinearPattern {
  const source = glob.replace(
    /\*\*\/|\*\*|\*|\?|\\.|\[\^?\]?[^\]]*\]|[\\^$.|+()[\]{}]/g,
    (token) => {
      if (token === "**/") return "(?:.*/)?";
      if (token === "**") return ".*";
      if (token === "*") return "[^/]*";
      if (token === "?") return "[^/]";
      if (token.length > 1) return token;
      return `\\${token}`;
    },
  );
  return compilePattern(source);
}
