import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { SEVERITIES } from "../contract/scans.ts";
import { printable } from "../lib/printable.ts";
import {
  isAsBad,
  type LintFinding,
  lintDockerfile,
  lintToSarif,
  readDockerIgnore,
} from "../scanning/index.ts";
import { checkShell } from "./check-shell.ts";
import { readVersion } from "./version-command.ts";

const severity = z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(", ")}` });

const lintOptions = z.object({
  json: z.boolean().default(false),
  format: z.enum(["text", "json", "sarif"], { error: "must be text, json or sarif" }),
  severity: severity.optional(),
  failOn: severity.optional(),
  dockerignore: z.string().optional(),
  label: z.array(z.string()).default([]),
  registry: z.array(z.string()).default([]),
});

type Settings = z.output<typeof lintOptions>;

/** What `berth lint` does. */
export async function lintFile({ operands, options, terminal }: Invocation): Promise<ExitReason> {
  const settings = lintOptions.parse(options);
  const [path = "Dockerfile"] = operands;
  const content = await read(path);
  const ignored = await readIgnored(path, settings.dockerignore);
  const { isError, findings: found } = explained(path, () =>
    lintDockerfile(content, {
      labels: settings.label,
      registries: settings.registry,
      ignored: ignored === undefined ? undefined : readDockerIgnore(ignored),
    }),
  );
  const shell = await checkShell(content, terminal);
  const findings = [...found, ...shell]
    .filter((one) => settings.severity === undefined || isAsBad(one, settings.severity))
    .toSorted((one, other) => one.line - other.line);
  const name = path === "-" ? "Dockerfile" : path;
  await print({ name, findings }, settings, terminal);
  const { failOn } = settings;
  const counted = findings.filter((one) => isError || failOn === undefined || isAsBad(one, failOn));
  return counted.length === 0 ? "ok" : "failed";
}

interface Linted {
  readonly name: string;
  readonly findings: readonly LintFinding[];
}

async function print(
  { name, findings }: Linted,
  { json, format }: Settings,
  terminal: Invocation["terminal"],
): Promise<void> {
  if (format === "sarif") terminal.printJson(lintToSarif(name, findings, await readVersion()));
  else if (json || format === "json") terminal.printJson({ path: name, findings });
  else {
    for (const line of findings.flatMap((one) => describe(name, one)))
      terminal.print(printable(line));
    const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
    terminal.print(
      printable(findings.length === 0 ? `✓ ${name}: nothing found` : `${name}: ${count}`),
    );
  }
}

function describe(name: string, one: LintFinding): readonly string[] {
  const { id, severity: how, title, detail, line, why, fix, patch } = one;
  return [
    `${name}:${line}: ${title}${detail === null ? "" : `: ${detail}`} (${id}, ${how})`,
    `  ${why}`,
    `  ${fix}`,
    ...(patch === null ? [] : patch.split("\n").map((text) => `    ${text}`)),
    "",
  ];
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path === "-" ? "/dev/stdin" : path, "utf8");
  } catch (cause) {
    const message = `could not read ${path}: ${(cause as Error).message}`;
    throw new CommandError("scanFailed", printable(message), { cause });
  }
}

/** The one that was named has to be there; that beside the Dockerfile need not. */
async function readIgnored(path: string, named: string | undefined): Promise<string | undefined> {
  if (named !== undefined) return await read(named);
  if (path === "-") return undefined;
  // Builders take one of the Dockerfile's own first.
  for (const candidate of [`${path}.dockerignore`, join(dirname(path), ".dockerignore")]) {
    const found = await readFile(candidate, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
      throw new CommandError("scanFailed", printable(cause.message), { cause });
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

function explained<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    const message = `${path}: ${(cause as Error).message}`;
    throw new CommandError("scanFailed", printable(message), { cause });
  }
}
