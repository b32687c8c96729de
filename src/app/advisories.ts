import { join, resolve } from "node:path";
import { z } from "zod";
import {
  FeedError,
  findIndex,
  type ImportReport,
  IndexDamaged,
  importFeeds,
  readFeedStates,
  readStatus,
} from "../advisories/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { DataInUseError, lockData } from "../platform/db/index.ts";
import { loadSettings } from "./load-settings.ts";

export const whereOptions = z.object({
  json: z.boolean().default(false),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
  data: z.string().optional(),
});

const importOptions = whereOptions.extend({
  format: z.string().optional(),
  force: z.boolean().default(false),
});

/** `berth advisories import` */
export async function bringIn(invocation: Invocation): Promise<ExitReason> {
  const { operands, options, terminal } = invocation;
  const settings = importOptions.parse(options);
  const path = resolve(operands[0] ?? "");
  const progress = terminal.openProgress("read");
  const report = await withLock(invocation, (directory) =>
    importFeeds({
      directory,
      path,
      clock: () => new Date(),
      format: settings.format,
      isForced: settings.force,
      signal: terminal.signal,
      onProgress: (_path, done) => progress.update({ done, unit: "items" }),
    }),
  );
  progress.clear();
  if (settings.json) terminal.printJson(report);
  else printReport(report, (text) => terminal.print(text));
  return "ok";
}

/** `berth advisories status` */
export async function showStatus(invocation: Invocation): Promise<ExitReason> {
  const { terminal } = invocation;
  const { json } = whereOptions.parse(invocation.options);
  const directory = directoryOf(invocation);
  using index = openOrExplain(directory);
  const status = readStatus(index, new Date());
  const feeds = await readFeedStates(directory);
  if (json) terminal.printJson({ ...status, feeds });
  else for (const line of [...formatStatus(status), ...formatFeeds(feeds)]) terminal.print(line);
  return "ok";
}

/** Where the index lies. */
function directoryOf({ options, terminal }: Invocation): string {
  const { config } = loadSettings(whereOptions.parse(options), terminal.environment);
  return join(resolve(config.data), "advisories");
}

function openOrExplain(directory: string): NonNullable<ReturnType<typeof findIndex>> {
  try {
    const index = findIndex(directory);
    if (index !== undefined) return index;
  } catch (cause) {
    if (cause instanceof IndexDamaged) throw new CommandError("failed", cause.message, { cause });
    throw cause;
  }
  throw new CommandError(
    "failed",
    `there are no advisories in ${directory} yet: berth advisories import PATH brings them in`,
  );
}

/** Two imports at once would lose what one of them brought. */
export async function withLock<T>(
  invocation: Invocation,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = directoryOf(invocation);
  try {
    using _lock = await lockData(directory, "import");
    return await work(directory);
  } catch (cause) {
    if (cause instanceof FeedError) throw new CommandError("failed", cause.message, { cause });
    if (cause instanceof DataInUseError)
      throw new CommandError("failed", "another import is running", { cause });
    throw cause;
  }
}

export function printReport(report: ImportReport, print: (text: string) => void): void {
  for (const warning of report.warnings) print(`warning: ${warning}`);
  for (const { path, format, records, faulty, fault } of report.imported) {
    const left = faulty === 0 ? "" : `; ${faulty} left out: ${fault}`;
    print(`${path}: ${records} records (${format})${left}`);
  }
  const shown = report.ignored.slice(0, 20);
  for (const { path, reason } of shown) print(`not read: ${path}: ${reason}`);
  const more = report.ignored.length - shown.length;
  if (more > 0) print(`not read: ${more} more files`);
}

function formatFeeds(feeds: Awaited<ReturnType<typeof readFeedStates>>): string[] {
  const lines = Object.entries(feeds).map(([name, { checkedAt, fetchedAt, failure }]) => {
    const state = fetchedAt === undefined ? "never fetched" : `fetched ${fetchedAt}`;
    return `${name}: asked for ${checkedAt}, ${state}${failure === undefined ? "" : `; the last time in vain: ${failure}`}`;
  });
  return lines.length === 0 ? [] : ["", ...lines];
}

function formatStatus(status: ReturnType<typeof readStatus>): string[] {
  const sources = status.sources.map(
    ({ title, id, date, ageDays, records }) =>
      `${id}: ${title}, ${records} records, ${date === null ? "of unknown age" : `of ${date} (${ageDays} days old)`}`,
  );
  const ecosystems = status.ecosystems.map(
    ({ ecosystem, packages, entries, newest, listsOpen }) =>
      `${ecosystem}: ${entries} entries about ${packages} packages, newest ${newest ?? "unknown"}${listsOpen ? "" : '; fixed ones only: no advisory is not "not affected"'}`,
  );
  return [
    `index of ${status.made}, ${status.bytes} bytes, revision ${status.revision}`,
    "",
    ...sources,
    "",
    ...ecosystems,
  ];
}
