import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../load.ts";
import { applyEnvironment } from "./environment.ts";
import { loadRegistry2 } from "./load-registry2.ts";

const MINIMAL =
  "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /srv/registry\nhttp:\n  addr: :5000\n";

function load(environment: Record<string, string>, yaml = MINIMAL) {
  const file = join(mkdtempSync(join(tmpdir(), "berth-registry2-")), "config.yml");
  writeFileSync(file, yaml);
  const registry2 = loadRegistry2({ file, environment });
  if (registry2 === undefined) throw new Error("the registry:2 mode was not selected");
  const { config } = loadConfig({ base: registry2.base, environment: {} });
  return { config, warnings: registry2.warnings };
}

/** What distribution's parser makes of the variables, over nothing. */
function parse(environment: Record<string, string>): Record<string, unknown> {
  const tree = {};
  applyEnvironment(tree, environment);
  return tree;
}

describe("REGISTRY_ variables", () => {
  test.each([
    [
      "values are YAML",
      { REGISTRY_STORAGE_DELETE_ENABLED: "true" },
      { storage: { delete: { enabled: true } } },
    ],
    [
      "map keys are stored in lower case",
      { "REGISTRY_HTTP_HEADERS_X-Content-Type-Options": "[nosniff]" },
      { http: { headers: { "x-content-type-options": ["nosniff"] } } },
    ],
    [
      "a whole map can be given at once",
      { REGISTRY_HTTP_HEADERS: '{"X-A": ["b"]}' },
      { http: { headers: { "X-A": ["b"] } } },
    ],
    [
      "variables apply in the order of their names",
      { REGISTRY_STORAGE_S3_BUCKET: "b", REGISTRY_STORAGE: "s3" },
      { storage: { s3: { bucket: "b" } } },
    ],
    [
      "a text stands for a scheme without parameters",
      { REGISTRY_AUTH: "htpasswd" },
      { auth: { htpasswd: {} } },
    ],
    [
      "an index at the end of a list appends",
      { REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS_0: "a", REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS_1: "b" },
      { http: { tls: { letsencrypt: { hosts: ["a", "b"] } } } },
    ],
    [
      "tokens are Go names where they differ from the file's",
      {
        REGISTRY_HEALTH_FILECHECKERS_0_FILE: "/f",
        REGISTRY_NOTIFICATIONS_EVENTCONFIG_INCLUDEREFERENCES: "true",
      },
      {
        health: { file: [{ file: "/f" }] },
        notifications: { events: { includereferences: true } },
      },
    ],
    ["the version cannot be overridden", { REGISTRY_VERSION: "2" }, {}],
  ])("%s", (_rule, environment, expected) => {
    expect(parse(environment as Record<string, string>)).toEqual(expected);
  });

  test("an index beyond the end, and one that is no number, stop the start", () => {
    expect(() => parse({ REGISTRY_HTTP_TLS_CLIENTCAS_1: "a" })).toThrow("undefined index");
    expect(() => parse({ REGISTRY_HTTP_TLS_CLIENTCAS_X: "a" })).toThrow("non-numeric index");
  });

  test("an unknown variable is warned about in distribution's words", () => {
    expect(load({ REGISTRY_HTTP_ADRR: ":1" }).warnings).toEqual([
      "Ignoring unrecognized environment variable REGISTRY_HTTP_ADRR",
    ]);
  });
});

describe("what a registry:2 configuration means", () => {
  test("the defaults are those of registry:2", () => {
    const { config } = load({});
    expect(config).toMatchObject({
      listen: { host: "::", port: 5000 },
      data: "/srv/registry/berth",
      storage: { root: "/srv/registry", adopt: true },
      access: { mode: "open", allowRemote: true },
      delete: { enabled: false },
      uploads: { expireAfter: 168 * 3_600_000 },
      manifests: { missingChildren: "refuse", foreignUrls: { allow: [] } },
    });
  });

  test("a compose file works by changing the name of the image alone", () => {
    const { config, warnings } = load({
      REGISTRY_STORAGE_DELETE_ENABLED: "true",
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_REALM: "Registry Realm",
      REGISTRY_AUTH_HTPASSWD_PATH: "/auth/htpasswd",
      REGISTRY_HTTP_SECRET: "not used here",
    });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      delete: { enabled: true },
      access: { mode: "htpasswd", htpasswd: { path: "/auth/htpasswd", realm: "Registry Realm" } },
    });
  });

  test("durations are Go's, and a bare number is nanoseconds", () => {
    const { config } = load({
      REGISTRY_STORAGE_MAINTENANCE: "{uploadpurging: {enabled: true, age: 3600000000000}}",
      REGISTRY_HTTP_DRAINTIMEOUT: "1m30s",
    });
    expect(config.uploads.expireAfter).toBe(3_600_000);
    expect(config.http.drainTimeout).toBe(90_000);
  });

  test.each([
    [{ REGISTRY_STORAGE: "s3" }, "storage.s3: not yet"],
    [
      { REGISTRY_STORAGE_S3_BUCKET: "b" },
      "multiple storage drivers specified in configuration or environment",
    ],
    [{ REGISTRY_STORAGE: "{}" }, "must provide exactly one storage type"],
    [{ REGISTRY_AUTH: "token" }, "auth.token: not yet"],
    [{ REGISTRY_AUTH: "htpasswd" }, "auth.htpasswd.path"],
    [{ REGISTRY_HTTP_PREFIX: "/sub/" }, "http.prefix"],
  ])("%o stops the start with the reason", (environment, message) => {
    expect(() => load(environment as Record<string, string>)).toThrow(message);
  });

  test("what comes with a later version of Berth is said loudly", () => {
    const { warnings } = load({ REGISTRY_PROXY_REMOTEURL: "https://mirror.example" });
    expect(warnings.join()).toContain("proxy.remoteurl: not yet");
  });

  test("without a file and without variables Berth runs as itself", () => {
    expect(loadRegistry2({ file: undefined, environment: {} })).toBeUndefined();
  });
});
