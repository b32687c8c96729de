import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { type Verdict, verifyDatabase, verifyExport } from "../activity/index.ts";
import { type Command, CommandError } from "../cli/command.ts";
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

export const auditVerifyCommand: Command = {
  name: "audit verify",
  describe: (line) =>
    line
      .summary("prove that the audit trail is whole and unchanged")
      .description(
        "Reads the audit trail of a data directory, or an export of it, and proves its chain: an entry that was changed,\n" +
          "removed, inserted or moved is found. Needs no hub. Prints the head of the chain: keep it elsewhere, and a later\n" +
          "check with --head also proves that nothing up to it was cut off or replaced. Ends with 1 if it found something.",
      )
      .option("--file <export>", "an export of JSON lines, as berth audit export prints it")
      .option("--head <hash>", "an entry's hash that has to be there still")
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--registry-config <file>", "a configuration of registry:2")
      .option("--data <directory>", "the data directory (default: as configured, ./data)"),
  run: async ({ options, terminal }) => {
    const settings = verifyOptions.parse(options);
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
  },
};

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
