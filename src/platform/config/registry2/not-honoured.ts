import { lookUp, lookUpList, lookUpTree, type Tree } from "./lookup.ts";

interface Rule {
  readonly key: string;
  readonly applies: (registry: Tree) => boolean;
  readonly says: string;
}

/** What is asked for and does not happen. It is said loudly at the start; nothing is lost and nothing stands open by it. */
export const NOT_HONOURED: readonly Rule[] = [
  {
    key: "proxy.remoteurl",
    applies: isSet("proxy.remoteurl"),
    says: "not yet: this hub does not fetch from another registry",
  },
  {
    key: "health.file",
    applies: hasItems("health.file"),
    says: "not yet: the hub stays ready whatever is in these files",
  },
  {
    key: "health.http",
    applies: hasItems("health.http"),
    says: "not yet: the hub stays ready whatever these addresses answer",
  },
  {
    key: "health.tcp",
    applies: hasItems("health.tcp"),
    says: "not yet: the hub stays ready whatever these servers do",
  },
  {
    key: "middleware",
    applies: (registry) => Object.keys(lookUpTree(registry, "middleware")).length > 0,
    says: "not supported and ignored",
  },
  {
    key: "reporting",
    applies: (registry) =>
      isSet("reporting.bugsnag.apikey")(registry) ||
      isSet("reporting.newrelic.licensekey")(registry),
    says: "not supported and ignored",
  },
  { key: "log.hooks", applies: hasItems("log.hooks"), says: "not supported: no mail is sent" },
  {
    key: "policy.repository.classes",
    applies: hasItems("policy.repository.classes"),
    says: "not supported: content of every class is taken",
  },
  {
    key: "http.tls.ciphersuites",
    applies: hasItems("http.tls.ciphersuites"),
    says: "not supported: the cipher suites are those of Node.js",
  },
  {
    key: "http.tls.minimumtls",
    applies: (registry) =>
      ["tls1.0", "tls1.1"].includes(String(lookUp(registry, "http.tls.minimumtls"))),
    says: "clients that speak nothing newer than TLS 1.1 are refused all the same",
  },
  {
    key: "http.debug.prometheus.path",
    applies: (registry) =>
      (lookUp(registry, "http.debug.prometheus.path") ?? "/metrics") !== "/metrics",
    says: "not supported: metrics are at /metrics",
  },
  {
    key: "storage.maintenance.uploadpurging.dryrun",
    applies: (registry) => lookUp(registry, "storage.maintenance.uploadpurging.dryrun") === true,
    says: "ignored: `berth collect --dry-run` explains without removing",
  },
  {
    key: "storage.delete.enabled",
    applies: (registry) =>
      !["undefined", "boolean"].includes(typeof lookUp(registry, "storage.delete.enabled")),
    says: "is neither true nor false, so deletion stays off",
  },
  {
    key: "validation.manifests.indexes.platformlist",
    applies: hasItems("validation.manifests.indexes.platformlist"),
    says: "not supported: an index may lack any platform",
  },
  {
    key: "compatibility.schema1.enabled",
    applies: (registry) => lookUp(registry, "compatibility.schema1.enabled") === true,
    says: "not supported: manifests of schema 1 are not served",
  },
];

function isSet(name: string): Rule["applies"] {
  return (registry) => lookUp(registry, name) !== undefined;
}

function hasItems(name: string): Rule["applies"] {
  return (registry) => lookUpList(registry, name).length > 0;
}
