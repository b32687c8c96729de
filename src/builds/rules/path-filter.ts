import { compilePattern, type LinearPattern } from "../../lib/linear-pattern.ts";

/** Which files a rule waits for; without any, for all. */
export interface PathFilter {
  readonly wanted: readonly LinearPattern[];
  readonly unwanted: readonly LinearPattern[];
}

/** `src/**`, `*.go`, `!docs/**`: `*` stays within a directory, `**` does not, and a `/` at the end is all below it. */
export function parsePathFilter(globs: readonly string[]): PathFilter {
  const all = globs.map((glob) => glob.trim()).filter((glob) => glob !== "");
  return {
    wanted: all.filter((glob) => !glob.startsWith("!")).map(compileGlob),
    unwanted: all.filter((glob) => glob.startsWith("!")).map((glob) => compileGlob(glob.slice(1))),
  };
}

/** Whether one of the files is wanted. What changed is not always known: after a first push, all may have. */
export function concerns(filter: PathFilter, changed: readonly string[] | undefined): boolean {
  const { wanted, unwanted } = filter;
  if (changed === undefined || wanted.length + unwanted.length === 0) return true;
  return changed.some(
    (path) =>
      (wanted.length === 0 || wanted.some((glob) => glob.matches(path))) &&
      !unwanted.some((glob) => glob.matches(path)),
  );
}

function compileGlob(glob: string): LinearPattern {
  const path = glob.replace(/^\/+/, "").replace(/\/$/, "/**");
  const source = path.replace(/\*\*\/|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    return token === "?" ? "[^/]" : `\\${token}`;
  });
  return compilePattern(source);
}
