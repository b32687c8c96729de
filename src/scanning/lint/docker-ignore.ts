import { compilePattern, type LinearPattern, PatternError } from "../../lib/linear-pattern.ts";

/** Says whether a path of the context is kept out of the build. */
export type DockerIgnore = (path: string) => boolean;

interface IgnoreRule {
  readonly pattern: LinearPattern;
  readonly keeps: boolean;
}

/** The rules of `.dockerignore`: the last that fits decides; what lies in a directory that is ignored is ignored with it. */
export function readDockerIgnore(text: string): DockerIgnore {
  const rules = text.split(/\r?\n/).flatMap((line) => readRule(line) ?? []);
  return (path) => {
    const segments = cleanPath(path).split("/");
    const parents = segments.map((_, index) => segments.slice(0, index + 1).join("/"));
    let isIgnored = false;
    for (const { pattern, keeps } of rules)
      if (isIgnored === keeps && parents.some((parent) => pattern.matches(parent)))
        isIgnored = !keeps;
    return isIgnored;
  };
}

function readRule(line: string): IgnoreRule | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const keeps = text.startsWith("!");
  const path = cleanPath(keeps ? text.slice(1).trim() : text);
  if (path === "") return undefined;
  const source = path.replace(/\*\*\/|\*\*|\*|\?|\\.|\[[^\]]*\]|[\\^$.|+()[\]{}]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return token.length > 1 ? token : `\\${token}`;
  });
  try {
    return { pattern: compilePattern(source), keeps };
  } catch (cause) {
    // Builders refuse the file then; it is theirs to say, and no rule of ours hangs on it.
    if (cause instanceof PatternError) return undefined;
    throw cause;
  }
}

function cleanPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments.join("/");
}
