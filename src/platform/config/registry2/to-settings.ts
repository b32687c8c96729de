import { join } from "node:path";
import { toDuration } from "./go-yaml.ts";
import { lookUp, lookUpList, lookUpTree, type Tree } from "./lookup.ts";
import { NOT_HONOURED } from "./not-honoured.ts";
import { readNotifications } from "./notifications.ts";
import { assertServable } from "./refusals.ts";

/** Where a setting comes from that distribution calls otherwise. */
export const SETTING_ORIGINS: ReadonlyMap<string, string> = new Map([
  ["listen", "http.addr"],
  ["url", "http.host"],
  ["tls", "http.tls"],
  ["tls.certificate", "http.tls.certificate"],
  ["tls.key", "http.tls.key"],
  ["tls.minimumVersion", "http.tls.minimumtls"],
  ["http.headers", "http.headers"],
  ["http.drainTimeout", "http.draintimeout"],
  ["http.debugListen", "http.debug.addr"],
  ["storage.root", "storage.filesystem.rootdirectory"],
  ["storage.readOnly", "storage.maintenance.readonly.enabled"],
  ["delete.enabled", "storage.delete.enabled"],
  ["uploads.expireAfter", "storage.maintenance.uploadpurging.age"],
  ["access.mode", "auth"],
  ["access.htpasswd.path", "auth.htpasswd.path"],
  ["access.htpasswd.realm", "auth.htpasswd.realm"],
  ["log.level", "log.level"],
  ["log.format", "log.formatter"],
  ["log.access", "log.accesslog.disabled"],
  ["manifests.foreignUrls.allow", "validation.manifests.urls.allow"],
  ["manifests.foreignUrls.deny", "validation.manifests.urls.deny"],
  ["manifests.missingChildren", "validation.manifests.indexes.platforms"],
  ["notifications.endpoints", "notifications.endpoints"],
  ["notifications.includeReferences", "notifications.events.includereferences"],
  ["limits.catalogPage", "catalog.maxentries"],
  ["limits.tagsPage", "tags.maxtags"],
]);

/** What distribution's settings mean here. Defaults are distribution's: delete off, foreign URLs refused, and so on. */
export function toSettings(registry: Tree): { base: Tree; warnings: readonly string[] } {
  assertServable(registry);
  const root = String(lookUp(registry, "storage.filesystem.rootdirectory") ?? "/var/lib/registry");
  const base: Tree = {
    data: join(root, "berth"),
    storage: {
      root,
      adopt: true,
      readOnly: lookUp(registry, "storage.maintenance.readonly.enabled") === true,
    },
    delete: { enabled: lookUp(registry, "storage.delete.enabled") === true },
    uploads: { expireAfter: readUploadAge(lookUpTree(registry, "storage.maintenance")) },
    ...readHttp(registry),
    access: readAccess(registry),
    log: readLog(registry),
    notifications: readNotifications(registry),
    manifests: readValidation(lookUpTree(registry, "validation")),
    limits: {
      catalogPage: positive(lookUp(registry, "catalog.maxentries")),
      tagsPage: positive(lookUp(registry, "tags.maxtags")),
    },
  };
  const warnings = NOT_HONOURED.filter((rule) => rule.applies(registry)).map(
    (rule) => `${rule.key}: ${rule.says}`,
  );
  return { base: withoutGaps(base), warnings };
}

const NEVER = "36500d";

/** An age that is no duration is left for the schema to refuse by name. */
function readUploadAge(maintenance: Tree): string {
  if (lookUp(maintenance, "uploadpurging.enabled") === false) return NEVER;
  const age = lookUp(maintenance, "uploadpurging.age") ?? "168h";
  return toDuration(age) ?? String(age);
}

function readHttp(registry: Tree): Tree {
  const headers = readHeaders(lookUpTree(registry, "http.headers"));
  const isTls13 = lookUp(registry, "http.tls.minimumtls") === "tls1.3";
  return {
    listen: lookUp(registry, "http.addr") ?? ":5000",
    url: lookUp(registry, "http.host"),
    tls: {
      certificate: lookUp(registry, "http.tls.certificate"),
      key: lookUp(registry, "http.tls.key"),
      minimumVersion: isTls13 ? "TLSv1.3" : undefined,
    },
    http: {
      headers: Object.keys(headers).length > 0 ? headers : undefined,
      drainTimeout: toDuration(lookUp(registry, "http.draintimeout")),
      debugListen: lookUp(registry, "http.debug.addr"),
    },
  };
}

/** Names that differ in case are one header with the values of all. */
function readHeaders(headers: Tree): Tree {
  const read = new Map<string, { name: string; values: string[] }>();
  for (const name of Object.keys(headers)) {
    const header = read.get(name.toLowerCase()) ?? { name, values: [] };
    header.values.push(...lookUpList({ values: headers[name] }, "values").map(String));
    read.set(name.toLowerCase(), header);
  }
  return Object.fromEntries([...read.values()].map(({ name, values }) => [name, values]));
}

function readAccess(registry: Tree): Tree {
  const path = lookUp(registry, "auth.htpasswd.path");
  if (path === undefined) return { mode: "open", allowRemote: true };
  const realm = lookUp(registry, "auth.htpasswd.realm");
  return { mode: "htpasswd", htpasswd: { path, realm, createIfMissing: true } };
}

function readLog(registry: Tree): Tree {
  const level = lookUp(registry, "log.level") ?? lookUp(registry, "loglevel");
  const formatter = lookUp(registry, "log.formatter") ?? "text";
  return {
    level: level === undefined ? undefined : String(level).toLowerCase(),
    format: formatter === "text" ? undefined : "json",
    access: lookUp(registry, "log.accesslog.disabled") !== true,
  };
}

/** distribution refuses foreign URLs unless they are allowed, and indexes whose children are missing. */
function readValidation(validation: Tree): Tree {
  const isOff = lookUp(validation, "disabled") === true;
  const platforms = lookUp(validation, "manifests.indexes.platforms");
  const deny = lookUpList(validation, "manifests.urls.deny").map(String);
  const allow = lookUpList(validation, "manifests.urls.allow").map(String);
  const acceptsMissing = isOff || platforms === "none" || platforms === "list";
  return {
    missingChildren: acceptsMissing ? "accept" : "refuse",
    foreignUrls: {
      // Who denies some and allows none by name means all others.
      allow: isOff || (allow.length === 0 && deny.length > 0) ? [".*"] : allow,
      deny: isOff ? [] : deny,
    },
  };
}

/** None, or less, means distribution's default, which is Berth's too. */
function positive(value: unknown): unknown {
  return typeof value === "number" && value > 0 ? value : undefined;
}

/** Leaves out what is not set, so that Berth's own defaults apply there. */
function withoutGaps(source: Tree): Tree {
  const entries = Object.entries(source)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, isSection(value) ? withoutGaps(value) : value]);
  return Object.fromEntries(entries);
}

function isSection(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
