import { once } from "node:events";
import { join } from "node:path";
import type { Logger } from "pino";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Config, LoadedConfig } from "../platform/config/index.ts";
import { armFailPoints } from "../platform/fail-point.ts";
import { createLogger } from "../platform/observability/index.ts";
import { type Hub, startHub } from "./compose.ts";
import { toHubOptions } from "./hub-options.ts";
import { loadSettings } from "./load-settings.ts";
import { describeStartRefusal } from "./start-refusal.ts";

const serveOptions = z.object({
  json: z.boolean().default(false),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
  listen: z.string().optional(),
  data: z.string().optional(),
  url: z.string().optional(),
});

/** What `berth serve` does. */
export async function serve({ options, terminal }: Invocation): Promise<ExitReason> {
  const settings = serveOptions.parse(options);
  armFailPoints(terminal.environment.BERTH_FAIL_POINTS);
  const loaded = loadSettings(settings, terminal.environment);
  const { config, warnings } = loaded;
  const log = createLogger(config.log);
  for (const warning of warnings) log.warn({ setting: warning }, "configuration warning");
  const hub = await start(loaded, { log, terminal });
  announce({ config, hub, json: settings.json }, terminal);
  if (!terminal.signal.aborted) await once(terminal.signal, "abort");
  log.info("stopping");
  await hub.close();
  return "ok";
}

async function start(
  loaded: LoadedConfig,
  deps: { log: Logger; terminal: Terminal },
): Promise<Hub> {
  const { log, terminal } = deps;
  try {
    return await startHub(
      await toHubOptions(loaded, { log, print: (line) => terminal.note(line) }),
    );
  } catch (cause) {
    const why = describeStartRefusal(cause, loaded.config.data);
    if (why === undefined) throw cause;
    throw new CommandError("usage", `could not start: ${why}`, { cause });
  }
}

/** What a person needs to go on, and a script to find the port. */
function announce(started: { config: Config; hub: Hub; json: boolean }, terminal: Terminal): void {
  const { config, hub, json } = started;
  if (json) {
    terminal.printJson({ event: "listening", url: hub.url, data: hub.data, blobs: hub.blobRoot });
    return;
  }
  const host = new URL(config.url ?? hub.url).host.replace(/^\[::\]/, "localhost");
  const { mode } = config.access;
  terminal.print(`Berth listens on ${hub.url} (access: ${mode})`);
  terminal.print(`  data   ${hub.data}`);
  if (hub.blobRoot !== hub.data)
    terminal.print(`  blobs  ${join(hub.blobRoot, "docker/registry/v2")}`);
  terminal.print("Next:");
  if (mode !== "open") terminal.print(`  docker login ${host}`);
  const name = mode === "accounts" ? "admin/IMAGE" : "IMAGE";
  terminal.print(`  docker tag IMAGE ${host}/${name}`);
  terminal.print(`  docker push ${host}/${name}`);
}
