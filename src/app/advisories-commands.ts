import { join, resolve } from "node:path";
import { z } from "zod";
import {
  FeedError,
  findIndex,
  type ImportReport,
  IndexDamaged,
  importFeeds,
  readStatus,
} from "../advisories/index.ts";
import { type Command, CommandError, type Invocation } from "../cli/command.ts";
import { DataInUseError, lockData } from "../platform/db/index.ts";
import { loadSettings } from "./load-settings.ts";

const whereOptions = z.object({
  json: z.boolean().default(false),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
  data: z.string().optional(),
});

const importOptions = whereOptions.extend({
  format: z.string().optional(),
  force: z.boolean().default(false),
});

type Line = Parameters<Command["describe"]>[0];

function withPlace(line: Line): Line {
  return line
    .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
    .option("--registry-config <file>", "a configuration of registry:2")
    .option("--data <directory>", "the data directory (default: as configured, ./data)");
}

const importCommand: Command = {
  name: "advisories import",
  describe: (line) =>
    withPlace(
      line
        .summary("bring feeds of advisories into the data directory")
        .description(
          "Reads a feed, a directory of feeds, or a directory whose MANIFEST.json names them with their SHA-256, and brings them into the\n" +
            "index that scans ask. Needs no network and no hub; a hub that runs takes the new index by itself. A feed that is cut off,\n" +
            "changed or absurd changes nothing.",
        )
        .argument("<path>", "a feed, or a directory; brotli (.br), gzip and zstd are unpacked")
        .option("--format <format>", "what a feed is whose content does not say so")
        .option("--force", "also take feeds that are older or have far less than those of before"),
    ),
  run: async (invocation) => {
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
  },
};

const statusCommand: Command = {
  name: "advisories status",
  describe: (line) =>
    withPlace(
      line
        .summary("show which advisories there are, and how old they are")
        .description(
          'Shows every feed with its age, and what each ecosystem has. Where feeds list only what was fixed, "no advisory" does not mean\n' +
            '"not affected". Ends with 1 where there is no index, or it is damaged.',
        ),
    ),
  run: async (invocation) => {
    const { terminal } = invocation;
    const { json } = whereOptions.parse(invocation.options);
    using index = openOrExplain(directoryOf(invocation));
    const status = readStatus(index, new Date());
    if (json) terminal.printJson(status);
    else for (const line of formatStatus(status)) terminal.print(line);
    return "ok";
  },
};

export const ADVISORY_COMMANDS: readonly Command[] = [importCommand, statusCommand];

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
async function withLock<T>(
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

function printReport(report: ImportReport, print: (text: string) => void): void {
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
