import { resolve } from "node:path";
import { pino } from "pino";
import { z } from "zod";
import { rescueAdministrator } from "../accounts/index.ts";
import { Activity } from "../activity/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { DataInUseError, lockData } from "../platform/db/index.ts";
import { loadSettings } from "./load-settings.ts";
import { openStores } from "./stores.ts";

const rescueOptions = z.object({
  json: z.boolean().default(false),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
  data: z.string().optional(),
});

/** What `berth user rescue` does. */
export async function rescue({ operands, options, terminal }: Invocation): Promise<ExitReason> {
  const settings = rescueOptions.parse(options);
  const [name = "admin"] = operands;
  const { config } = loadSettings(settings, terminal.environment);
  const data = resolve(config.data);
  const blobRoot = resolve(config.storage.root ?? data);
  await using stores = await openStores({ data, blobRoot, reserveBytes: 0, mustExist: true });
  // A hub that serves would go on with what it knows of the account.
  using _lock = await lock(data);
  const { database } = stores;
  const clock = () => new Date();
  const journal = new Activity({ database, clock, log: pino({ level: "silent" }) });
  const password = await rescueAdministrator({ database, journal }, name);
  if (password === undefined)
    throw new CommandError("failed", `${name} is no administrator of the hub in ${data}`);
  if (settings.json) terminal.printJson({ name, password });
  else {
    terminal.print(password);
    terminal.note(
      `It is the password of ${name} now, and not shown again; two-factor login is off.`,
    );
  }
  return "ok";
}

async function lock(data: string): Promise<Disposable> {
  try {
    return await lockData(data, "serve");
  } catch (cause) {
    if (!(cause instanceof DataInUseError)) throw cause;
    throw new CommandError("usage", `a hub is using ${data}: stop it first`, { cause });
  }
}
