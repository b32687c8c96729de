import { resolve } from "node:path";
import { z } from "zod";
import { type Command, CommandError } from "../cli/command.ts";
import { type CountFinding, checkCounts, repairCounts } from "../lifecycle/index.ts";
import { checkStores } from "../registry/index.ts";
import { loadSettings } from "./load-settings.ts";
import { openStores, type Stores } from "./stores.ts";

const fsckOptions = z.object({
  json: z.boolean().default(false),
  deep: z.boolean().default(false),
  recount: z.boolean().default(false),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
  data: z.string().optional(),
});

export const fsckCommand: Command = {
  name: "fsck",
  describe: (line) =>
    line
      .summary("check the data directory for damage")
      .description(
        "Holds the database against the blobs: every tag, manifest, blob and file. Changes nothing, and may run while\n" +
          "the hub serves. Ends with 1 if it found something. With --recount it counts anew what quotas count wrongly.",
      )
      .option("--deep", "hash every blob instead of comparing sizes")
      .option(
        "--recount",
        "correct what is counted of namespaces and repositories, where it is wrong",
      )
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--registry-config <file>", "a configuration of registry:2")
      .option("--data <directory>", "the data directory (default: as configured, ./data)"),
  run: async ({ options, terminal }) => {
    const settings = fsckOptions.parse(options);
    const { config } = loadSettings(settings, terminal.environment);
    const data = resolve(config.data);
    const blobRoot = resolve(config.storage.root ?? data);
    await using stores = await openStores({ data, blobRoot, reserveBytes: 0, mustExist: true });
    const progress = terminal.openProgress("checked");
    const integrity = stores.checkDatabase();
    if (integrity !== undefined) throw new CommandError("failed", integrity);
    const tell = (finding: Told) => {
      progress.clear();
      const { invariant, what, why, remedy } = finding;
      if (settings.json) terminal.printJson({ type: "finding", ...finding });
      else terminal.print(`${invariant} ${what}: ${why}; ${remedy}`);
    };
    let findings = 0;
    const found = checkStores({
      db: stores.database.reader,
      blobs: stores.blobs,
      deep: settings.deep,
      graceMs: config.collection.grace,
      clock: () => new Date(),
      signal: terminal.signal,
      onProgress: (done) => progress.update({ done, unit: "items" }),
    });
    for await (const finding of found) {
      findings += 1;
      tell(finding);
    }
    const counts = await checkAllCounts(stores, { recounts: settings.recount, tell });
    findings += counts.findings;
    progress.clear();
    const { corrected } = counts;
    if (settings.json) {
      terminal.printJson({ type: "report", findings, corrected, deep: settings.deep });
    } else {
      const rest = corrected > 0 ? `, ${corrected} corrected` : "";
      terminal.print(findings + corrected === 0 ? "clean" : `${findings} findings${rest}`);
    }
    return findings === 0 ? "ok" : "failed";
  },
};

type Told = Pick<CountFinding, "what" | "why" | "remedy"> & { readonly invariant: string };

/** What was corrected is no finding any more. */
async function checkAllCounts(
  { database }: Pick<Stores, "database">,
  { recounts, tell }: { readonly recounts: boolean; readonly tell: (finding: Told) => void },
): Promise<{ readonly findings: number; readonly corrected: number }> {
  const corrected = new Set<string>();
  if (recounts) {
    for await (const { scope, ...finding } of checkCounts(database.reader)) {
      await repairCounts(database, scope);
      corrected.add(`${scope.kind} ${scope.id}`);
      tell({ ...finding, remedy: "counted anew" });
    }
  }
  let findings = 0;
  for await (const { scope: _, ...finding } of checkCounts(database.reader)) {
    findings += 1;
    tell(finding);
  }
  return { findings, corrected: corrected.size };
}
