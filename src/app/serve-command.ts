import { once } from "node:events";
import { join } from "node:path";
import type { Logger } from "pino";
import { z } from "zod";
import { type Command, CommandError } from "../cli/command.ts";
import type { Terminal } from "../cli/terminal.ts";
import { NameCollision } from "../organizations/index.ts";
import { type Config, ConfigError } from "../platform/config/index.ts";
import { DataInUseError } from "../platform/db/index.ts";
import { armFailPoints } from "../platform/fail-point.ts";
import { TlsFilesError } from "../platform/http/index.ts";
import { createLogger } from "../platform/observability/index.ts";
import { type Hub, startHub } from "./compose.ts";
import { toHubOptions } from "./hub-options.ts";
import { loadSettings } from "./load-settings.ts";

const serveOptions = z.object({
  json: z.boolean().default(false),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
  listen: z.string().optional(),
  data: z.string().optional(),
  url: z.string().optional(),
});

export const serveCommand: Command = {
  name: "serve",
  describe: (line) =>
    line
      .summary("run the hub")
      .description(
        "Runs the hub until it is stopped by Ctrl-C or SIGTERM; requests under way may end.",
      )
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option(
        "--registry-config <file>",
        "a configuration of registry:2, whose place this hub takes",
      )
      .option(
        "--listen <host:port>",
        "where to listen (default: :5000; 127.0.0.1:5000 without accounts)",
      )
      .option("--data <directory>", "where everything is kept (default: ./data)")
      .option("--url <address>", "the address under which clients reach the hub"),
  run: async ({ options, terminal }) => {
    const settings = serveOptions.parse(options);
    armFailPoints(terminal.environment.BERTH_FAIL_POINTS);
    const { config, warnings } = loadSettings(settings, terminal.environment);
    const log = createLogger(config.log);
    for (const warning of warnings) log.warn({ setting: warning }, "configuration warning");
    const hub = await start(config, { log, terminal });
    announce({ config, hub, json: settings.json }, terminal);
    if (!terminal.signal.aborted) await once(terminal.signal, "abort");
    log.info("stopping");
    await hub.close();
    return "ok";
  },
};

/** What whoever starts the hub can put right. */
const THEIRS = [ConfigError, NameCollision, DataInUseError, TlsFilesError];

async function start(config: Config, deps: { log: Logger; terminal: Terminal }): Promise<Hub> {
  const { log, terminal } = deps;
  try {
    return await startHub(
      await toHubOptions(config, { log, print: (line) => terminal.note(line) }),
    );
  } catch (cause) {
    const isTheirs = THEIRS.some((kind) => cause instanceof kind);
    if (isTheirs || isSystemRefusal(cause)) {
      throw new CommandError("usage", `could not start: ${(cause as Error).message}`, { cause });
    }
    throw cause;
  }
}

/** The port is taken, a file cannot be read: the system's own sentence names which. */
function isSystemRefusal(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return ["EADDRINUSE", "EACCES", "EPERM", "ENOENT", "EROFS", "EADDRNOTAVAIL"].includes(
    String(code),
  );
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
