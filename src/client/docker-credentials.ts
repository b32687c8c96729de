import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Credentials } from "./hub-client.ts";

const dockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** What `docker login` has stored for this host: in docker's own file, or with the credential helper that the file names. */
export async function findDockerCredentials(
  host: string,
  directory: string,
): Promise<Credentials | undefined> {
  const content = await readIfExists(join(directory, "config.json"));
  if (content === undefined) return undefined;
  const config = dockerConfig.parse(JSON.parse(content));
  const helper = config.credHelpers[host] ?? config.credsStore;
  if (helper !== undefined) return askHelper(helper, host);
  return decodePair(config.auths[host]?.auth);
}

function decodePair(auth: string | undefined): Credentials | undefined {
  const [username, ...password] = Buffer.from(auth ?? "", "base64")
    .toString()
    .split(":");
  return username ? { username, password: password.join(":") } : undefined;
}

async function askHelper(helper: string, host: string): Promise<Credentials | undefined> {
  const child = spawn(`docker-credential-${helper}`, ["get"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  // A helper may end without reading the question; its exit code says what that means.
  child.stdin.on("error", () => undefined);
  child.stdin.end(host);
  const [answer, code] = await Promise.all([text(child.stdout), exit]);
  // By the helpers' protocol any other code means that nothing is stored for the host.
  if (code !== 0) return undefined;
  const { Username, Secret } = helperAnswer.parse(JSON.parse(answer));
  return { username: Username, password: Secret };
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
