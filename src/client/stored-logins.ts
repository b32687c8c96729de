import { readFile, stat } from "node:fs/promises";
import {
  type DockerConfig,
  decodePair,
  dockerConfig,
  helperAnswer,
  helperFor,
  IDENTITY_TOKEN_USER,
  runHelper,
} from "./docker-credentials.ts";
import type { Credentials } from "./hub-requests.ts";

/** What one place that keeps logins holds for a registry. */
export type StoredLogin =
  | {
      readonly kind: "login";
      readonly file: string;
      readonly key: string;
      readonly credentials: Credentials;
      /** Whether other users of this machine can read it. */
      readonly isOpen: boolean;
    }
  | { readonly kind: "none"; readonly file: string }
  | { readonly kind: "elsewhere"; readonly file: string; readonly keys: readonly string[] }
  | { readonly kind: "unreadable"; readonly file: string; readonly why: string }
  | { readonly kind: "empty"; readonly file: string; readonly key: string }
  | { readonly kind: "no helper"; readonly file: string; readonly helper: string }
  | {
      readonly kind: "helper failed";
      readonly file: string;
      readonly helper: string;
      readonly said: string;
    };

const HELPER_PATIENCE_MS = 10_000;
const SAID_CHARACTERS = 200;
/** Helpers say this where nothing is stored; everything else is a failure. */
const NOT_FOUND = /credentials not found|not found in|no credentials/i;

/** Undefined where there is no such file. */
export async function findStoredLogin(
  host: string,
  file: string,
): Promise<StoredLogin | undefined> {
  const config = await readStore(file);
  if (config === undefined || "kind" in config) return config as StoredLogin | undefined;
  const helper = helperFor(config, host);
  if (helper !== undefined) return await askHelper({ host, file, helper });
  const keys = Object.keys(config.auths);
  const key = keys.find((one) => one === host) ?? keys.find((one) => hostOf(one) === host);
  if (key === undefined) {
    const near = keys.filter((one) => nameOf(hostOf(one)) === nameOf(host));
    return near.length === 0 ? { kind: "none", file } : { kind: "elsewhere", file, keys: near };
  }
  const credentials = credentialsOf(config, key);
  if (credentials === undefined) return { kind: "empty", file, key };
  const { mode } = await stat(file);
  return { kind: "login", file, key, credentials, isOpen: (mode & 0o077) !== 0 };
}

async function readStore(file: string): Promise<DockerConfig | StoredLogin | undefined> {
  try {
    return dockerConfig.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    // The parsers' own messages quote the file, and with it what is secret.
    return { kind: "unreadable", file, why: code ?? (name === "SyntaxError" ? "no JSON" : name) };
  }
}

function credentialsOf(config: DockerConfig, key: string): Credentials | undefined {
  const { auth, identitytoken } = config.auths[key] ?? {};
  if (identitytoken) return { username: IDENTITY_TOKEN_USER, password: identitytoken };
  const pair = decodePair(auth);
  return pair?.password === "" ? undefined : pair;
}

async function askHelper(where: {
  readonly host: string;
  readonly file: string;
  readonly helper: string;
}): Promise<StoredLogin> {
  const { host, file, helper } = where;
  try {
    const { answer, code } = await patiently(runHelper(helper, "get", host));
    if (code !== 0) {
      const said = answer.trim().slice(0, SAID_CHARACTERS);
      if (NOT_FOUND.test(said)) return { kind: "none", file };
      return { kind: "helper failed", file, helper, said: said || `it ended with ${code}` };
    }
    const { Username: username, Secret: password } = helperAnswer.parse(JSON.parse(answer));
    const key = `${host} in docker-credential-${helper}`;
    if (password === "") return { kind: "empty", file, key };
    return { kind: "login", file, key, credentials: { username, password }, isOpen: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      return { kind: "no helper", file, helper };
    // What it said may hold the secret.
    const said = error instanceof HelperTimeout ? error.message : "its answer makes no sense";
    return { kind: "helper failed", file, helper, said };
  }
}

class HelperTimeout extends Error {}

/** A helper may wait for somebody to type at a window that nobody sees. */
async function patiently<Result>(answer: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const impatience = setTimeout(
    () => late.reject(new HelperTimeout(`no answer in ${HELPER_PATIENCE_MS / 1000} seconds`)),
    HELPER_PATIENCE_MS,
  );
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(impatience);
  }
}

/** Keys are written as people typed them: with a scheme, a path or neither. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "");
}
