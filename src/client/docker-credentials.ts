import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Credentials } from "./hub-requests.ts";

/** The user name under which docker keeps a token in place of a password; the hub takes it back under this name. */
export const IDENTITY_TOKEN_USER = "<token>";

const entry = z.looseObject({
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
});

/** docker's file, and the one that podman and its kin keep. */
export const dockerConfig = z.looseObject({
  auths: z.record(z.string(), entry).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

export type DockerConfig = z.output<typeof dockerConfig>;

export const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** What a login left for later; a token goes before a password. */
export type Login = Credentials & { readonly identityToken?: string | undefined };

/** What `docker login` has stored for this host: in docker's own file, or with the credential helper that the file names. */
export async function findDockerCredentials(
  host: string,
  directory: string,
): Promise<Credentials | undefined> {
  const config = await readConfig(directory);
  const helper = helperFor(config, host);
  if (helper !== undefined) return await askHelper(helper, host);
  const { auth, identitytoken } = config.auths[host] ?? {};
  if (identitytoken) return { username: IDENTITY_TOKEN_USER, password: identitytoken };
  return decodePair(auth);
}

/** Keeps a login where docker keeps its own, so that every tool that reads docker's can use it. */
export async function storeDockerCredentials(
  host: string,
  login: Login,
  directory: string,
): Promise<void> {
  const config = await readConfig(directory);
  const helper = helperFor(config, host);
  const { username, password, identityToken } = login;
  if (helper !== undefined) {
    const Username = identityToken === undefined ? username : IDENTITY_TOKEN_USER;
    const Secret = identityToken ?? password;
    await tellHelper(helper, "store", JSON.stringify({ ServerURL: host, Username, Secret }));
    return;
  }
  const pair = `${username}:${identityToken === undefined ? password : ""}`;
  const auth = Buffer.from(pair).toString("base64");
  const kept = identityToken === undefined ? { auth } : { auth, identitytoken: identityToken };
  await writeConfig(directory, { ...config, auths: { ...config.auths, [host]: kept } });
}

/** Whether there was anything to forget. */
export async function eraseDockerCredentials(host: string, directory: string): Promise<boolean> {
  const config = await readConfig(directory);
  const helper = helperFor(config, host);
  if (helper !== undefined) {
    if ((await askHelper(helper, host)) === undefined) return false;
    await tellHelper(helper, "erase", host);
    return true;
  }
  const { [host]: known, ...auths } = config.auths;
  if (known === undefined) return false;
  await writeConfig(directory, { ...config, auths });
  return true;
}

/** Whether a login is with a program and not in the file: the name of the program behind `docker-credential-`. */
export function helperFor(config: DockerConfig, host: string): string | undefined {
  return config.credHelpers[host] ?? config.credsStore;
}

export function decodePair(auth: string | undefined): Credentials | undefined {
  const [username, ...password] = Buffer.from(auth ?? "", "base64")
    .toString()
    .split(":");
  return username ? { username, password: password.join(":") } : undefined;
}

async function askHelper(helper: string, host: string): Promise<Credentials | undefined> {
  const { answer, code } = await runHelper(helper, "get", host);
  // By the helpers' protocol any other code means that nothing is stored for the host.
  if (code !== 0) return undefined;
  const { Username, Secret } = helperAnswer.parse(JSON.parse(answer));
  return { username: Username, password: Secret };
}

async function tellHelper(helper: string, verb: "store" | "erase", input: string): Promise<void> {
  const { answer, code } = await runHelper(helper, verb, input);
  if (code !== 0) {
    throw new Error(`docker-credential-${helper} could not ${verb} the login: ${answer.trim()}`);
  }
}

/** Rejects when there is no such program. */
export async function runHelper(
  helper: string,
  verb: string,
  input: string,
): Promise<{ answer: string; code: number | null }> {
  const child = spawn(`docker-credential-${helper}`, [verb], { stdio: ["pipe", "pipe", "ignore"] });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  // A helper may end without reading the question; its exit code says what that means.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [answer, code] = await Promise.all([text(child.stdout), exit]);
  return { answer, code };
}

async function readConfig(directory: string): Promise<DockerConfig> {
  const content = await readIfExists(join(directory, "config.json"));
  return dockerConfig.parse(content === undefined ? {} : JSON.parse(content));
}

/** The file is whole at any time, and only its owner reads it. What this program knows nothing about stays in it. */
async function writeConfig(directory: string, config: DockerConfig): Promise<void> {
  const path = await realpathOf(join(directory, "config.json"));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { credHelpers, ...rest } = config;
  const known = Object.keys(credHelpers).length === 0 ? rest : config;
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(known, null, "\t")}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** Some keep the file elsewhere and link to it; the link stays. */
async function realpathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return path;
    throw error;
  }
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
