import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parseDefinition } from "../builds/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { printable } from "../lib/printable.ts";

const checkOptions = z.object({ json: z.boolean().default(false) });

/** What `berth official check` does. */
export async function checkDefinition({
  operands: [path = ""],
  options,
  terminal,
}: Invocation): Promise<ExitReason> {
  const { json } = checkOptions.parse(options);
  const { definition, problems } = parseDefinition(await readText(path));
  if (json) terminal.printJson({ file: path, problems, ...definition });
  else if (problems.length > 0) {
    for (const { line, column, message } of problems) {
      terminal.print(printable(`${path}:${line}:${column}: ${message}`));
    }
  } else {
    for (const { tags, sharedTags, sources } of definition.entries) {
      const architectures = sources.map(({ architecture }) => architecture).join(", ");
      terminal.print(printable(`${[...tags, ...sharedTags].join(", ")} (${architectures})`));
    }
  }
  return problems.length === 0 ? "ok" : "failed";
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new CommandError("failed", printable((cause as Error).message), { cause });
  }
}
