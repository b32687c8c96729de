import { resolve } from "node:path";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
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

/** What `berth fsck` does. */
export async function checkData({ options, terminal }: Invocation): Promise<ExitReason> {
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
}

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
