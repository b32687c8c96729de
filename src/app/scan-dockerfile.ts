import { readFile } from "node:fs/promises";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import type { Severity } from "../contract/scans.ts";
import { printable } from "../lib/printable.ts";
import { findDockerfileFlaws, isAsBad } from "../scanning/index.ts";

interface Wish {
  readonly path: string;
  readonly json: boolean;
  readonly format: string;
  readonly severity?: Severity | undefined;
  readonly failOn?: Severity | undefined;
}

/** What `berth scan --dockerfile` does: no image, no hub and no advisories are asked. */
export async function checkDockerfile(
  { terminal }: Invocation,
  { path, json, format, severity, failOn }: Wish,
): Promise<ExitReason> {
  const isJson = json || format === "json";
  if (!isJson && format !== "text")
    throw new CommandError("usage", `flaws of a Dockerfile are text or json, not ${format}`);
  const found = findDockerfileFlaws(await read(path), path);
  const flaws = found.filter((flaw) => severity === undefined || isAsBad(flaw, severity));
  if (isJson) terminal.print(JSON.stringify({ path, flaws }));
  else for (const line of flaws.flatMap(describe)) terminal.print(line);
  const count = flaws.length === 1 ? "1 flaw" : `${flaws.length} flaws`;
  if (!isJson) terminal.print(flaws.length === 0 ? `✓ ${path}: no flaws` : `${path}: ${count}`);
  const counted = flaws.filter((flaw) => failOn === undefined || isAsBad(flaw, failOn));
  return counted.length === 0 ? "ok" : "failed";
}

function describe(flaw: ReturnType<typeof findDockerfileFlaws>[number]): readonly string[] {
  const { severity, title, why, fix, detail, origin } = flaw;
  return [
    `✗ ${severity[0]?.toUpperCase()}${severity.slice(1)} severity flaw: ${title}`,
    ...(detail === undefined ? [] : [`  Found: ${detail}`]),
    `  Why: ${why}`,
    `  Where: ${origin.path ?? ""}${origin.line === undefined ? "" : `:${origin.line}`}`,
    `  Solution: ${fix}`,
    "",
  ].map(printable);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `could not read ${path}: ${(cause as Error).message}`;
    throw new CommandError("scanFailed", message, { cause });
  }
}
