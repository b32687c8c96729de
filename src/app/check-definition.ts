import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  type CheckResult,
  checkSources,
  DOCUMENTS,
  type Documentation,
  GitSource,
  type ParsedDefinition,
  parseDefinition,
  readDocumentation,
  type Sources,
  SourceUnreadable,
} from "../builds/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { printable } from "../lib/printable.ts";

const checkOptions = z.object({
  json: z.boolean().default(false),
  git: z.string().optional(),
  docs: z.string().optional(),
});

/** What `berth official check` does. */
export async function checkDefinition({
  operands: [path = ""],
  options,
  terminal,
}: Invocation): Promise<ExitReason> {
  const { json, git, docs: folder } = checkOptions.parse(options);
  const parsed = parseDefinition(await readText(path));
  const docs = folder === undefined ? undefined : await readDocs(folder);
  const sources = git === undefined ? NO_SOURCES : sourcesIn(git);
  // Names without a slash are those of official images; only a hub knows which there are.
  const find = async () => ({ architectures: undefined });
  const checks = await checkSources({
    ...{ parsed, sources, docs, images: [] },
    bases: { find, pins: new Set() },
  });
  const { problems, definition } = parsed;
  if (json) terminal.printJson({ file: path, problems, ...definition, checks });
  else for (const line of toLines(path, parsed, checks)) terminal.print(printable(line));
  const isWrong = checks.some(({ state, severity }) => state === "failed" && severity === "error");
  return isWrong ? "failed" : "ok";
}

const NO_SOURCES: Sources = {
  isOwn: () => false,
  open: async () => {
    const message = "sources were not looked at: name a clone of them by --git";
    throw new SourceUnreadable(message, { wasTried: false });
  },
};

function sourcesIn(folder: string): Sources {
  return { isOwn: () => false, open: async () => new GitSource(folder) };
}

function toLines(
  path: string,
  { problems, definition }: ParsedDefinition,
  checks: readonly CheckResult[],
): string[] {
  if (problems.length > 0)
    return problems.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`);
  const entries = definition.entries.map(({ tags, sharedTags, sources }) => {
    const architectures = sources.map(({ architecture }) => architecture).join(", ");
    return `${[...tags, ...sharedTags].join(", ")} (${architectures})`;
  });
  const failed = checks.filter(({ state }) => state === "failed");
  const unseen = checks.filter(({ state }) => state === "not run").length;
  const passed = checks.length - failed.length - unseen;
  return [
    ...entries,
    "",
    ...failed.flatMap(({ number, id, severity, title, details, fix }) => [
      `${severity} ${number} ${id}: ${title}`,
      ...details.map((detail) => `  ${detail}`),
      `  ${fix}`,
    ]),
    `${passed} checks passed, ${failed.length} failed, ${unseen} not run here`,
  ];
}

async function readDocs(folder: string): Promise<Documentation> {
  const texts = await Promise.all(
    DOCUMENTS.map(async (name) => [name, await readOptional(join(folder, name))] as const),
  );
  const hasLogo = await access(join(folder, "logo.png")).then(
    () => true,
    () => false,
  );
  return readDocumentation(Object.fromEntries(texts.filter(([, text]) => text !== "")), hasLogo);
}

/** What is not there says nothing, which is what the check is about. */
async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new CommandError("failed", printable((cause as Error).message), { cause });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new CommandError("failed", printable((cause as Error).message), { cause });
  }
}
