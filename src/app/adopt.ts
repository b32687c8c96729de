import { join, resolve } from "node:path";
import { pino } from "pino";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { formatBytes } from "../lib/byte-size.ts";
import { aliasDoubts, createTagKeeper } from "../lifecycle/index.ts";
import { lockData } from "../platform/db/index.ts";
import { Adoption, type AdoptionReport, isDistributionDirectory } from "../registry/index.ts";
import { settleRepository } from "./settle-repository.ts";
import { openStores } from "./stores.ts";

const adoptOptions = z.object({ json: z.boolean().default(false), data: z.string().optional() });
const DAY = 86_400_000;

/** What `berth adopt` does. */
export async function adopt({ operands, options, terminal }: Invocation): Promise<ExitReason> {
  const { json, data } = adoptOptions.parse(options);
  const root = resolve(operands[0] ?? "");
  const own = resolve(data ?? terminal.environment.BERTH_DATA ?? join(root, "berth"));
  if (!(await isDistributionDirectory(root))) throw nothingThere(root);
  using _lock = await lockData(own, "adopt");
  await using stores = await openStores({ data: own, blobRoot: root, reserveBytes: 0 });
  const progress = terminal.openProgress("adopting: repositories");
  const adoption = new Adoption({
    ...stores,
    root,
    graceMs: DAY,
    tagKeeper: createTagKeeper({ clock: () => new Date() }),
    tagFollowers: aliasDoubts,
    settleRepository,
    clock: () => new Date(),
    log: pino({ level: "silent" }),
  });
  const report = await adoption.run({
    signal: terminal.signal,
    onProgress: ({ repositories }) => progress.update({ done: repositories, unit: "items" }),
  });
  progress.clear();
  if (json) terminal.printJson(report);
  else printReport(report, (text) => terminal.print(text));
  return report.skipped.length === 0 ? "ok" : "failed";
}

function printReport(report: AdoptionReport, print: (text: string) => void): void {
  print(
    `adopted ${report.repositories} repositories: ${report.tags} tags, ${report.manifests} manifests, ` +
      `${report.blobs} blobs (${formatBytes(report.bytes)}) are new to Berth`,
  );
  for (const { what, why } of report.skipped) print(`left alone: ${what}: ${why}`);
}

function nothingThere(root: string): CommandError {
  return new CommandError(
    "usage",
    `${root} holds no repositories of a registry; name the directory that contains docker/registry/v2`,
  );
}
