import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Command, CommandError, type Invocation } from "../cli/command.ts";
import { dockerDirectory } from "../cli/hub-connection.ts";
import { readVersion } from "./version-command.ts";

/** bin/ lies two levels above in a clone, in a build and in the image. */
const PROGRAM = fileURLToPath(new URL("../../bin/berth", import.meta.url));

/** What docker calls them, and what they are of berth's own. */
const PLUGINS = [
  { name: "scan", says: "Find the known vulnerabilities of an image" },
  { name: "sbom", says: "List the packages of an image" },
] as const;

const MARK = "Written by berth docker-plugins install.";

const pluginOptions = z.object({
  json: z.boolean().default(false),
  config: z.string().optional(),
  data: z.string().optional(),
});

const installCommand: Command = {
  name: "docker-plugins install",
  describe: (line) =>
    line
      .summary("add `docker scan` and `docker sbom` to the docker command")
      .description(
        "Writes two small programs to where the docker command looks for its plugins. They ask this berth, take images from the\n" +
          "engine that docker speaks to, and use the advisories of the data directory, wherever they are called.",
      )
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--data <directory>", "where the advisories lie (default: as configured, ./data)"),
  run: async ({ options, terminal }) => {
    const settings = pluginOptions.parse(options);
    const { loadSettings } = await import("./load-settings.ts");
    const { config } = loadSettings(settings, terminal.environment);
    const data = resolve(config.data);
    const version = await readVersion();
    const paths = placesOf(terminal);
    for (const { path } of paths) await assertOurs(path);
    for (const { name, says, path } of paths) {
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, toScript({ name, says, version, data }));
      await chmod(path, 0o755);
    }
    const written = paths.map(({ path }) => path);
    if (settings.json) terminal.printJson({ installed: written });
    else for (const path of written) terminal.print(`installed ${path}`);
    return "ok";
  },
};

const removeCommand: Command = {
  name: "docker-plugins remove",
  describe: (line) =>
    line
      .summary("take `docker scan` and `docker sbom` away again")
      .description("Removes what berth docker-plugins install wrote, and nothing else."),
  run: async ({ options, terminal }) => {
    const { json } = pluginOptions.parse(options);
    const removed: string[] = [];
    for (const { path } of placesOf(terminal)) {
      await assertOurs(path);
      if ((await readIfThere(path)) === undefined) continue;
      await rm(path);
      removed.push(path);
    }
    if (json) terminal.printJson({ removed });
    else for (const path of removed) terminal.print(`removed ${path}`);
    return "ok";
  },
};

export const DOCKER_PLUGIN_COMMANDS: readonly Command[] = [installCommand, removeCommand];

function placesOf({ environment }: Invocation["terminal"]) {
  const directory = join(dockerDirectory(environment), "cli-plugins");
  return PLUGINS.map((plugin) => ({ ...plugin, path: join(directory, `docker-${plugin.name}`) }));
}

/** Docker's own plugins and those of others have the same names. */
async function assertOurs(path: string): Promise<void> {
  const content = await readIfThere(path);
  if (content === undefined || content.includes(MARK)) return;
  throw new CommandError("failed", `${path} is somebody else's: move it away first`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

/** Docker asks a plugin what it is, and else hands it all that was typed, options of its own included. */
function toScript(plugin: {
  readonly name: string;
  readonly says: string;
  readonly version: string;
  readonly data: string;
}): string {
  const { name, says, version, data } = plugin;
  const facts = { SchemaVersion: "0.1.0", Vendor: "Berth", Version: version };
  const metadata = JSON.stringify({ ...facts, ShortDescription: says });
  return `#!/bin/sh
# ${MARK}
if [ "$1" = docker-cli-plugin-metadata ]; then
  printf '%s\\n' ${quote(metadata)}
  exit 0
fi
while [ $# -gt 0 ] && [ "$1" != ${name} ]; do
  case "$1" in
    -H | --host) DOCKER_HOST=$2; export DOCKER_HOST; shift ;;
    -c | --context) DOCKER_CONTEXT=$2; export DOCKER_CONTEXT; shift ;;
    --config) DOCKER_CONFIG=$2; export DOCKER_CONFIG; shift ;;
  esac
  shift
done
[ $# -gt 0 ] && shift
BERTH_DATA=\${BERTH_DATA:-${quote(data)}}
export BERTH_DATA
exec ${quote(PROGRAM)} ${name} --docker "$@"
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
