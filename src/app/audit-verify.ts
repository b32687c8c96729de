import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { type Verdict, verifyDatabase, verifyExport } from "../activity/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { loadSettings } from "./load-settings.ts";
import { openStores } from "./stores.ts";

const verifyOptions = z.object({
  json: z.boolean().default(false),
  file: z.string().optional(),
  head: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "--head is the hash that an earlier check printed: 64 hex digits")
    .optional(),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
  data: z.string().optional(),
});

type Settings = z.output<typeof verifyOptions>;

/** What `berth audit verify` does. */
export async function verifyAudit({
  operands,
  options,
  terminal,
}: Invocation): Promise<ExitReason> {
  const settings = verifyOptions.parse({ file: operands[0], ...options });
  const progress = terminal.openProgress("verified");
  const { entries, head, fault } = await verify(settings, {
    environment: terminal.environment,
    onProgress: (done) => progress.update({ done, unit: "items" }),
  });
  progress.clear();
  if (settings.json) terminal.printJson({ type: "report", entries, head, fault: fault ?? null });
  else if (fault !== undefined) terminal.print(`entry ${fault.seq}: ${fault.why}`);
  else terminal.print(`${entries} entries, unbroken; head ${head.seq} ${head.hash}`);
  return fault === undefined ? "ok" : "failed";
}

async function verify(
  settings: Settings,
  deps: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly onProgress: (entries: number) => void;
  },
): Promise<Verdict> {
  const { head, file } = settings;
  if (file !== undefined) return await verifyFile(file, { head, onProgress: deps.onProgress });
  const { config } = loadSettings(settings, deps.environment);
  const data = resolve(config.data);
  const blobRoot = resolve(config.storage.root ?? data);
  await using stores = await openStores({ data, blobRoot, reserveBytes: 0, mustExist: true });
  return await verifyDatabase(stores.database.reader, { head, onProgress: deps.onProgress });
}

async function verifyFile(
  file: string,
  options: Parameters<typeof verifyExport>[1],
): Promise<Verdict> {
  try {
    return await verifyExport(createReadStream(file), options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError("failed", `${file} is no export of an audit trail: ${reason}`, {
      cause,
    });
  }
}
