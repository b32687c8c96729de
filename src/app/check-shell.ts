import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import { type LintFinding, listShellScripts, withoutSkipped } from "../scanning/index.ts";

/** What of a script in a Dockerfile ShellCheck cannot know: files that are sourced, and shells without processes of their own. */
const EXCLUDED = "SC1090,SC1091,SC2187,SC1071";
const LEVELS = { error: "high", warning: "medium", info: "low", style: "low" } as const;

const report = z.object({
  comments: z.array(
    z.object({
      line: z.int().positive(),
      level: z.enum(["error", "warning", "info", "style"]),
      code: z.int(),
      message: z.string(),
    }),
  ),
});

/** What ShellCheck says of the RUN steps of a Dockerfile; nothing where there is no ShellCheck. */
export async function checkShell(
  content: string,
  terminal: Pick<Invocation["terminal"], "environment" | "signal">,
): Promise<LintFinding[]> {
  const found: (LintFinding & { readonly instructionLine: number })[] = [];
  for (const { shell, script, line, instruction } of listShellScripts(content)) {
    const said = await runShellCheck({ shell, script }, terminal);
    if (said === undefined) return [];
    for (const { code, level, message, line: at } of report.parse(JSON.parse(said)).comments) {
      found.push({
        ...{ id: `SC${code}`, theme: "shellcheck", severity: LEVELS[level] },
        ...{ title: message, why: "ShellCheck says so of the step.", detail: null },
        fix: `See shellcheck.net/wiki/SC${code}.`,
        ...{ line: line + at - 1, instruction, patch: null, instructionLine: line },
      });
    }
  }
  return withoutSkipped(content, found);
}

/** Undefined where there is no such program. */
async function runShellCheck(
  { shell, script }: { readonly shell: string; readonly script: string },
  { environment: env, signal }: Pick<Invocation["terminal"], "environment" | "signal">,
): Promise<string | undefined> {
  const words = ["--format=json1", `--shell=${shell}`, `--exclude=${EXCLUDED}`, "-"];
  const child = spawn("shellcheck", words, { env, signal, stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  // It says itself why it did not read on.
  child.stdin.on("error", () => undefined);
  child.stdin.end(script);
  try {
    const [said, complaint, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      ended,
    ]);
    if (code === 0 || code === 1) return said;
    throw new CommandError("scanFailed", `shellcheck ended with ${code}: ${complaint.trim()}`);
  } catch (cause) {
    signal.throwIfAborted();
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
