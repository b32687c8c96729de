import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { z } from "zod";
import { isMissing } from "../../lib/file-error.ts";
import { ConfigError } from "./config-error.ts";
import { findLdapFaults } from "./directories.ts";
import { CONFIG_KEYS, type ConfigKey } from "./keys.ts";
import { findMailFaults } from "./mail-settings.ts";
import { findNearest } from "./nearest.ts";
import { type Config, configSchema, settle } from "./schema.ts";

type Tree = { [key: string]: unknown };
export type Source = "default" | "registry" | "file" | "environment" | "flag";

export interface ConfigSources {
  /** Settings that stand below all others, such as what a registry:2 configuration means here. */
  readonly base?: Tree;
  /** The file's path; `berth.yml` in the folder the command runs in is read if there is one. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settings by name, from the command line. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
  /** Where each setting that is not a default came from, by name. */
  readonly sources: ReadonlyMap<string, Source>;
}

const DEFAULT_FILE = "berth.yml";
/** Read by parts of the program that have no configuration: the start script, the tests, the client commands. */
const OTHER_VARIABLES =
  /^BERTH_(?:CONFIG|FAIL_POINTS|USER|PASSWORD|ID_TOKEN|HUB|NODE|TEST_\w+|BENCH_\w+|CONFORMANCE_\w+)$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;
const HOUR = 3_600_000;

/** Puts file, environment and flags together, in rising order, and proves the result. Throws {@link ConfigError}. */
export function loadConfig(from: ConfigSources): LoadedConfig {
  const tree: Tree = {};
  const sources = new Map<string, Source>();
  const warnings: string[] = [];
  merge(tree, from.base ?? {}, { source: "registry", sources });
  const file = readConfigFile(from.file ?? from.environment.BERTH_CONFIG);
  assertKnownKeys(file.tree, file.path);
  merge(tree, file.tree, { source: "file", sources });
  for (const key of CONFIG_KEYS) applyVariable(tree, { key, from, sources });
  warnings.push(...findUnknownVariables(from.environment));
  for (const [name, value] of Object.entries(from.flags ?? {})) {
    if (value === undefined) continue;
    setAt(tree, name.split("."), value);
    sources.set(name, "flag");
  }
  const result = configSchema.safeParse(tree);
  if (!result.success) throw new ConfigError(describeIssues(result.error));
  const config = settle(result.data);
  assertConsistent(config);
  if (config.mail.host !== undefined && config.url === undefined) {
    warnings.push("url is not set: links cannot be mailed without it, so no mail is sent");
  }
  return { config, warnings, sources };
}

/** A variable's value; `<VARIABLE>_FILE` names a file that holds it, for secrets that should not be in an environment. */
function applyVariable(
  tree: Tree,
  step: { key: ConfigKey; from: ConfigSources; sources: Map<string, Source> },
): void {
  const { key, from, sources } = step;
  const value = from.environment[key.variable] ?? readSecretFile(key, from.environment);
  if (value === undefined) return;
  setAt(tree, key.path, key.name === "http.headers" ? parse(value) : value);
  sources.set(key.name, "environment");
}

function readSecretFile(
  key: ConfigKey,
  environment: ConfigSources["environment"],
): string | undefined {
  const path = key.isSecret ? environment[`${key.variable}_FILE`] : undefined;
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new ConfigError(`${key.variable}_FILE: could not read ${path}`, { cause });
  }
}

function readConfigFile(path: string | undefined): { tree: Tree; path: string } {
  const chosen = path ?? DEFAULT_FILE;
  let text: string;
  try {
    text = readFileSync(resolve(chosen), "utf8");
  } catch (cause) {
    if (path === undefined && isMissing(cause)) return { tree: {}, path: chosen };
    throw new ConfigError(`could not read the configuration file ${chosen}`, { cause });
  }
  return { tree: parseTree(text, chosen), path: chosen };
}

function parseTree(text: string, path: string): Tree {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : "";
    throw new ConfigError(`${path} is not YAML: ${reason}`, { cause });
  }
  if (isTree(value)) return value;
  throw new ConfigError(`${path} must hold settings by name, such as "listen: :5000"`);
}

/** The schema refuses unknown keys too; this says which known one is nearest. */
function assertKnownKeys(tree: Tree, file: string): void {
  const faults = listPaths(tree)
    .filter((name) => !isKnown(name))
    .map(
      (name) =>
        `${file}: unknown setting ${name}${suggest(
          name,
          CONFIG_KEYS.map((key) => key.name),
        )}`,
    );
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
}

function isKnown(name: string): boolean {
  return CONFIG_KEYS.some(
    (key) =>
      key.name === name || name.startsWith(`${key.name}.`) || key.name.startsWith(`${name}.`),
  );
}

function listPaths(tree: Tree, prefix = ""): readonly string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) && Object.keys(value).length > 0
      ? listPaths(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

function findUnknownVariables(environment: ConfigSources["environment"]): readonly string[] {
  const known = CONFIG_KEYS.map((key) => key.variable);
  return Object.keys(environment)
    .filter((name) => name.startsWith("BERTH_") && !OTHER_VARIABLES.test(name))
    .filter((name) => !known.includes(name) && !known.includes(name.replace(/_FILE$/, "")))
    .map((name) => `unknown environment variable ${name} is ignored${suggest(name, known)}`);
}

function suggest(name: string, known: readonly string[]): string {
  const nearest = findNearest(name, known);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function assertConsistent(config: Config): void {
  const { tls, access, listen, collection } = config;
  const faults: string[] = [];
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    faults.push("tls: certificate and key go together; set both or none");
  }
  if (access.mode === "htpasswd" && access.htpasswd.path === undefined) {
    faults.push("access.htpasswd.path: the htpasswd mode needs the file of users");
  }
  if (access.mode === "open" && !access.allowRemote && !LOOPBACK.test(listen.host)) {
    faults.push(
      "access.mode: open lets anybody push and delete, so it listens on this machine only; set access.mode to accounts or htpasswd, or access.allowRemote to true",
    );
  }
  if (config.url === undefined && access.issuers.some(({ audience }) => audience === undefined)) {
    faults.push(
      "access.issuers: without url, each issuer needs the audience that its tokens for this hub name",
    );
  }
  faults.push(...findLdapFaults(access.ldap));
  if (collection.grace < HOUR && !collection.allowShortGrace) {
    faults.push("collection.grace: must be at least 1h, or set collection.allowShortGrace to true");
  }
  faults.push(...findMailFaults(config.mail));
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
}

function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const name = issue.path.join(".");
      const key = CONFIG_KEYS.find((each) => each.name === name);
      return `${name}${key === undefined ? "" : ` (${key.variable})`}: ${issue.message}`;
    })
    .join("\n");
}

function merge(
  target: Tree,
  source: Tree,
  note: { source: Source; sources: Map<string, Source> },
): void {
  for (const name of listPaths(source)) {
    const path = name.split(".");
    const key = CONFIG_KEYS.find((each) => each.name === name || name.startsWith(`${each.name}.`));
    const whole = key?.path ?? path;
    setAt(target, whole, getAt(source, whole));
    note.sources.set(whole.join("."), note.source);
  }
}

function getAt(tree: Tree, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), tree);
}

function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  const last = path.at(-1);
  if (last === undefined) return;
  let place = tree;
  for (const key of path.slice(0, -1)) {
    const next = place[key];
    const child: Tree = isTree(next) ? next : {};
    place[key] = child;
    place = child;
  }
  place[last] = value;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
