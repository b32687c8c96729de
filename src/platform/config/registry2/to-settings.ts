import { join } from "node:path";
import { ConfigError } from "../config-error.ts";
import { STORAGE_EXTRAS } from "./fields.ts";

type Tree = { [key: string]: unknown };

interface Translation {
  readonly base: Tree;
  readonly warnings: readonly string[];
}

/** What distribution's settings mean here. Defaults are distribution's: delete off, foreign URLs refused, and so on. */
export function toSettings(registry: Tree): Translation {
  const warnings: string[] = [];
  const root = readStorage(registry);
  const storage = tree(registry.storage);
  const base: Tree = {
    data: join(root, "berth"),
    storage: {
      root,
      adopt: true,
      readOnly: tree(tree(storage.maintenance).readonly).enabled === true,
    },
    delete: { enabled: tree(storage.delete).enabled === true },
    uploads: readUploads(storage, warnings),
    ...readHttp(tree(registry.http)),
    access: readAccess(tree(registry.auth)),
    log: readLog(registry),
    manifests: readValidation(tree(registry.validation)),
    limits: readLimits(registry),
  };
  warnings.push(...findNotYet(registry));
  return { base: prune(base), warnings };
}

/** Exactly one driver, and only the one Berth has; another driver's data must not silently be left aside. */
function readStorage(registry: Tree): string {
  const storage = tree(registry.storage);
  const drivers = Object.keys(storage).filter((key) => !STORAGE_EXTRAS.has(key));
  if (drivers.length > 1) {
    throw new ConfigError(
      `storage: multiple storage drivers specified in configuration or environment: ${drivers.join(", ")}`,
    );
  }
  const [driver] = drivers;
  if (driver === undefined) throw new ConfigError("storage: must provide exactly one storage type");
  if (driver !== "filesystem") {
    throw new ConfigError(`storage.${driver}: not yet: only filesystem storage is supported`);
  }
  const root = tree(storage.filesystem).rootdirectory;
  return typeof root === "string" && root !== "" ? root : "/var/lib/registry";
}

function readUploads(storage: Tree, warnings: string[]): Tree {
  const purging = tree(tree(storage.maintenance).uploadpurging);
  if (purging.dryrun === true) {
    warnings.push(
      "storage.maintenance.uploadpurging.dryrun is ignored: `berth collect --dry-run` explains without removing",
    );
  }
  const expireAfter = purging.enabled === false ? "36500d" : toDuration(purging.age ?? "168h");
  return { expireAfter };
}

function readHttp(http: Tree): Tree {
  const tls = tree(http.tls);
  if (http.net === "unix")
    throw new ConfigError("http.net: unix sockets are not supported; use tcp");
  if (list(tls.clientcas).length > 0) {
    throw new ConfigError(
      "http.tls.clientcas: client certificates are not supported; let a proxy in front check them",
    );
  }
  if (Object.keys(tree(tls.letsencrypt)).length > 0) {
    throw new ConfigError(
      "http.tls.letsencrypt: not supported; give http.tls.certificate and key, they are reloaded when renewed",
    );
  }
  if (typeof http.prefix === "string" && !["", "/"].includes(http.prefix)) {
    throw new ConfigError(
      "http.prefix: clients always ask for /v2/ at the root; let a proxy add a prefix",
    );
  }
  const debug = tree(http.debug).addr;
  return {
    listen: http.addr ?? ":5000",
    url: emptyToUnset(http.host),
    tls: {
      certificate: emptyToUnset(tls.certificate),
      key: emptyToUnset(tls.key),
      minimumVersion: tls.minimumtls === "tls1.3" ? "TLSv1.3" : undefined,
    },
    http: {
      headers: readHeaders(tree(http.headers)),
      drainTimeout: http.draintimeout === undefined ? undefined : toDuration(http.draintimeout),
      debugListen: emptyToUnset(debug),
    },
  };
}

function readHeaders(headers: Tree): Tree | undefined {
  const entries = Object.entries(headers).map(([name, values]) => [name, list(values).map(String)]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function readAccess(auth: Tree): Tree {
  const schemes = Object.keys(auth);
  const [scheme] = schemes;
  if (scheme === undefined) return { mode: "open", allowRemote: true };
  if (schemes.length > 1)
    throw new ConfigError(`auth: several schemes given: ${schemes.join(", ")}`);
  if (scheme !== "htpasswd") {
    throw new ConfigError(`auth.${scheme}: not yet: only htpasswd is supported`);
  }
  const { realm, path } = tree(auth.htpasswd);
  if (typeof path !== "string" || path === "") {
    throw new ConfigError(
      "auth.htpasswd.path (REGISTRY_AUTH_HTPASSWD_PATH): the htpasswd scheme needs the file of users",
    );
  }
  return { mode: "htpasswd", htpasswd: { path, realm, createIfMissing: true } };
}

function readLog(registry: Tree): Tree {
  const log = tree(registry.log);
  const level = log.level ?? registry.loglevel;
  const levels: Readonly<Record<string, string>> = {
    debug: "debug",
    info: "info",
    warn: "warn",
    warning: "warn",
    error: "error",
    fatal: "error",
    panic: "error",
  };
  return {
    level: levels[String(level)],
    format: log.formatter === "json" || log.formatter === "logstash" ? "json" : undefined,
    access: tree(log.accesslog).disabled === true ? false : undefined,
  };
}

/** distribution refuses foreign URLs unless they are allowed, and indexes whose children are missing. */
function readValidation(validation: Tree): Tree {
  const manifests = tree(validation.manifests);
  const isOff = validation.disabled === true || validation.enabled === false;
  const { allow, deny } = tree(manifests.urls);
  const platforms = tree(manifests.indexes).platforms;
  const acceptsMissing = isOff || platforms === "none" || platforms === "list";
  return {
    missingChildren: acceptsMissing ? "accept" : "refuse",
    missingBlobs: isOff ? "accept" : "refuse",
    foreignUrls: {
      allow: isOff ? [".*"] : list(allow).map(String),
      deny: list(deny).map(String),
    },
  };
}

function readLimits(registry: Tree): Tree {
  return {
    catalogPage: tree(registry.catalog).maxentries,
    tagsPage: tree(registry.tags).maxtags,
  };
}

/** Settings that another part of Berth will bring: said loudly, because what they ask for does not happen yet. */
function findNotYet(registry: Tree): readonly string[] {
  const notYet: string[] = [];
  if (emptyToUnset(tree(registry.proxy).remoteurl) !== undefined) {
    notYet.push("proxy.remoteurl: not yet: this hub does not fetch from another registry");
  }
  if (list(tree(registry.notifications).endpoints).length > 0) {
    notYet.push("notifications.endpoints: not yet: nobody is told of pushes and pulls");
  }
  if (registry.middleware !== undefined) {
    notYet.push("middleware: not supported and ignored");
  }
  if (registry.reporting !== undefined && Object.keys(tree(registry.reporting)).length > 0) {
    notYet.push("reporting: not supported and ignored");
  }
  return notYet;
}

/** A bare number of distribution is nanoseconds. */
function toDuration(value: unknown): string {
  return typeof value === "number" ? `${value}ns` : String(value);
}

function emptyToUnset(value: unknown): unknown {
  return value === "" ? undefined : value;
}

function tree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Tree)
    : {};
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** Leaves out what is not set, so that Berth's own defaults apply there. */
function prune(source: Tree): Tree {
  const entries = Object.entries(source)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => [key, isPlain(value) ? prune(value) : value]);
  return Object.fromEntries(entries);
}

function isPlain(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
