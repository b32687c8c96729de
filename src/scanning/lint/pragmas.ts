/** What a Dockerfile says about its own checks. */
export interface Pragmas {
  readonly skipsAll: boolean;
  /** Ids that nowhere count. */
  readonly skipped: ReadonlySet<string>;
  /** Ids that do not count for what begins at a line, from 1. */
  readonly skippedAt: ReadonlyMap<number, ReadonlySet<string>>;
  /** Whether what is found is to fail the build. */
  readonly isError: boolean;
  readonly experimental: ReadonlySet<string>;
}

const DIRECTIVE = /^#\s*(\w+)\s*=\s*(.*?)\s*$/;

/** `# check=skip=A,B;error=true`, `# hadolint ignore=DL3006` and `# hadolint global ignore=DL3006`. */
export function readPragmas(lines: readonly string[]): Pragmas {
  const check = readChecks(lines);
  const skipped = new Set(check.get("skip"));
  const skippedAt = new Map<number, ReadonlySet<string>>();
  for (const [index, line] of lines.entries()) {
    const [, isGlobal, ids] = /^\s*#\s*hadolint\s+(global\s+)?ignore\s*=\s*(.+)$/.exec(line) ?? [];
    if (ids === undefined) continue;
    const listed = splitList(ids.replace(/\s#.*$/, ""));
    if (isGlobal !== undefined) for (const id of listed) skipped.add(id);
    else skippedAt.set(nextInstruction(lines, index), new Set(listed));
  }
  return {
    ...{ skipped, skippedAt },
    skipsAll: skipped.has("all"),
    isError: check.get("error")?.includes("true") ?? false,
    experimental: new Set(check.get("experimental")),
  };
}

/** Directives stand at the top, before any other comment, blank line or instruction. */
function readChecks(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const line of lines) {
    const [, name, value = ""] = DIRECTIVE.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() !== "check") continue;
    for (const option of value.split(";")) {
      const [key = "", list = ""] = option.split("=", 2);
      found.set(key.trim(), splitList(list));
    }
  }
  return found;
}

/** The line, from 1, of what follows comments and blank lines. */
function nextInstruction(lines: readonly string[], index: number): number {
  const after = lines.findIndex((line, at) => at > index && !/^\s*(?:#.*)?$/.test(line));
  return after + 1;
}

function splitList(text: string): string[] {
  return text
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}
