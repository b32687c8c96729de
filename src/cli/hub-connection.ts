import { homedir } from "node:os";
import { join } from "node:path";
import type { Command as CommandLine } from "commander";
import { z } from "zod";
import { findDockerCredentials } from "../client/docker-credentials.ts";
import { createHubClient, type HubClient } from "../client/hub-client.ts";
import type { Credentials } from "../client/hub-requests.ts";
import { CommandError, type Invocation } from "./command.ts";
import type { Terminal } from "./terminal.ts";

export const DEFAULT_HUB = "http://127.0.0.1:5000";

/** Every command that speaks to a hub takes these options. */
const connectionOptions = z.object({
  hub: z.string().optional(),
  user: z.string().optional(),
});

export function addConnectionOptions(line: CommandLine): CommandLine {
  return line
    .option("--hub <url>", `the hub to speak to (default: $BERTH_URL or ${DEFAULT_HUB})`)
    .option(
      "--user <name[:password]>",
      "who to log in as, with $BERTH_PASSWORD unless a password follows (default: as docker login stored)",
    );
}

export async function connect(invocation: Invocation): Promise<HubClient> {
  const { terminal } = invocation;
  const { url, credentials } = await findCredentials(invocation);
  const { signal } = terminal;
  return createHubClient({ url, credentials, askCode: () => askCode(terminal), signal });
}

/** Which hub is meant, and as whom. */
export async function findCredentials({
  options,
  terminal,
}: Invocation): Promise<{ readonly url: URL; readonly credentials: Credentials | undefined }> {
  const { hub, user } = connectionOptions.parse(options);
  const { environment } = terminal;
  const url = chooseHub(hub, environment);
  const credentials =
    user === undefined
      ? await findDockerCredentials(url.host, dockerDirectory(environment))
      : parseUser(user, environment.BERTH_PASSWORD);
  return { url, credentials };
}

/** What a login needs beside the password, of an app or of the list of recovery codes. */
export async function askCode(
  terminal: Pick<Terminal, "askSecret">,
  label = "Code of your authenticator app",
  missing = "two-factor login is on for this account: give a code as well",
): Promise<string> {
  const code = await terminal.askSecret(label);
  if (code !== "") return code;
  throw new CommandError("usage", missing);
}

type Environment = Invocation["terminal"]["environment"];

/** What was typed, else what the environment says, else a hub on this machine. */
export function chooseHub(typed: string | undefined, environment: Environment): URL {
  return parseHubUrl(typed ?? environment.BERTH_URL ?? DEFAULT_HUB);
}

/** Where docker keeps its configuration, and in it its logins. */
export function dockerDirectory(environment: Environment): string {
  return environment.DOCKER_CONFIG ?? join(environment.HOME ?? homedir(), ".docker");
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:\/|$)/;

/** Without a scheme, only this machine is spoken to in the clear: what goes there is a password. */
function parseHubUrl(text: string): URL {
  const scheme = LOOPBACK.test(text) ? "http" : "https";
  const url = URL.parse(text.includes("://") ? text : `${scheme}://${text}`);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new CommandError("usage", `"${text}" is not the address of a hub, such as ${DEFAULT_HUB}`);
}

function parseUser(text: string, passwordFromEnvironment: string | undefined): Credentials {
  const [username = "", ...rest] = text.split(":");
  const password = rest.length > 0 ? rest.join(":") : passwordFromEnvironment;
  if (password !== undefined) return { username, password };
  throw new CommandError("usage", `no password for ${username}: set BERTH_PASSWORD`);
}
