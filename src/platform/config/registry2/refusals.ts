import { ConfigError } from "../config-error.ts";
import { STORAGE_EXTRAS } from "./fields.ts";
import { lookUp, lookUpList, lookUpTree, type Tree } from "./lookup.ts";

interface Rule {
  readonly key: string;
  readonly applies: (registry: Tree) => boolean;
  readonly says: string;
}

const LEVELS = ["debug", "info", "warn", "error"];
const FORMATTERS = ["text", "json", "logstash"];
const TLS_LEVELS = ["tls1.0", "tls1.1", "tls1.2", "tls1.3"];

/** What cannot be honoured and must not be left out: data would not be found, or a door would stand open. */
const REFUSALS: readonly Rule[] = [
  {
    key: "http.net",
    applies: (registry) => !isOneOf(registry, "http.net", ["tcp"]),
    says: "unix sockets are not supported; use tcp",
  },
  {
    key: "http.tls.clientcas",
    applies: (registry) => lookUpList(registry, "http.tls.clientcas").length > 0,
    says: "client certificates are not supported; let a proxy in front check them",
  },
  {
    key: "http.tls.clientauth",
    applies: (registry) => lookUp(registry, "http.tls.clientauth") !== undefined,
    says: "client certificates are not supported; let a proxy in front check them",
  },
  {
    key: "http.tls.letsencrypt",
    applies: (registry) =>
      ["cachefile", "email", "directoryurl"].some(
        (name) => lookUp(registry, `http.tls.letsencrypt.${name}`) !== undefined,
      ) || lookUpList(registry, "http.tls.letsencrypt.hosts").length > 0,
    says: "not supported; give http.tls.certificate and key, they are reloaded when renewed",
  },
  {
    key: "http.tls.minimumtls",
    applies: (registry) => !isOneOf(registry, "http.tls.minimumtls", TLS_LEVELS),
    says: `must be one of ${TLS_LEVELS.join(", ")}`,
  },
  {
    key: "http.prefix",
    applies: (registry) => !isOneOf(registry, "http.prefix", ["/"]),
    says: "clients always ask for /v2/ at the root; let a proxy add a prefix",
  },
  {
    key: "log.level",
    applies: (registry) => !isOneOf(registry, "log.level", LEVELS),
    says: `must be one of ${LEVELS.join(", ")}`,
  },
  {
    key: "loglevel",
    applies: (registry) => !isOneOf(registry, "loglevel", LEVELS),
    says: `must be one of ${LEVELS.join(", ")}`,
  },
  {
    key: "log.formatter",
    applies: (registry) => !isOneOf(registry, "log.formatter", FORMATTERS),
    says: `must be one of ${FORMATTERS.join(", ")}`,
  },
  {
    key: "storage.maintenance.readonly",
    applies: (registry) =>
      !isSection(registry, "storage.maintenance.readonly") ||
      !isFlag(registry, "storage.maintenance.readonly.enabled"),
    says: "must be {enabled: true} or {enabled: false}",
  },
  {
    key: "storage.maintenance.uploadpurging",
    applies: (registry) =>
      !isSection(registry, "storage.maintenance.uploadpurging") ||
      !isFlag(registry, "storage.maintenance.uploadpurging.enabled") ||
      !isFlag(registry, "storage.maintenance.uploadpurging.dryrun"),
    says: "must be {enabled: true or false, age: 168h, interval: 24h, dryrun: true or false}",
  },
  {
    key: "auth.htpasswd.path",
    applies: (registry) =>
      Object.keys(lookUpTree(registry, "auth"))[0] === "htpasswd" &&
      typeof lookUp(registry, "auth.htpasswd.path") !== "string",
    says: "REGISTRY_AUTH_HTPASSWD_PATH must name the file of users",
  },
];

/** Throws {@link ConfigError} with every reason why Berth does not take the place of a registry of this configuration. */
export function assertServable(registry: Tree): void {
  const faults = [
    ...listStorageFaults(registry),
    ...listAuthFaults(registry),
    ...REFUSALS.filter((rule) => rule.applies(registry)).map((rule) => `${rule.key}: ${rule.says}`),
  ];
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
}

/** Exactly one driver, and only the one Berth has; another driver's data must not silently be left aside. */
function listStorageFaults(registry: Tree): readonly string[] {
  const drivers = Object.keys(lookUpTree(registry, "storage")).filter(
    (key) => !STORAGE_EXTRAS.has(key),
  );
  const [driver] = drivers;
  if (driver === undefined) return ["storage: must provide exactly one storage type"];
  if (drivers.length > 1) {
    return [
      `storage: multiple storage drivers specified in configuration or environment: ${drivers.sort().join(", ")}`,
    ];
  }
  if (driver === "filesystem") return [];
  return [`storage.${driver}: not yet: only filesystem storage is supported`];
}

function listAuthFaults(registry: Tree): readonly string[] {
  const schemes = Object.keys(lookUpTree(registry, "auth"));
  const [scheme = "none"] = schemes;
  if (schemes.length > 1) {
    return [`auth: must provide exactly one type. Provided: ${schemes.sort().join(", ")}`];
  }
  if (scheme === "htpasswd" || scheme.toLowerCase() === "none") return [];
  return [`auth.${scheme}: not yet: only htpasswd is supported`];
}

function isOneOf(registry: Tree, name: string, allowed: readonly string[]): boolean {
  const value = lookUp(registry, name);
  return value === undefined || allowed.includes(String(value).toLowerCase());
}

function isSection(registry: Tree, name: string): boolean {
  const value = lookUp(registry, name);
  return value === undefined || (typeof value === "object" && !Array.isArray(value));
}

function isFlag(registry: Tree, name: string): boolean {
  return ["undefined", "boolean"].includes(typeof lookUp(registry, name));
}
