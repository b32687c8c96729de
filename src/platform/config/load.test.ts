import { mkdtempSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { describeConfig } from "./docs.ts";
import { CONFIG_KEYS } from "./keys.ts";
import { loadConfig } from "./load.ts";
import { printConfig } from "./print.ts";

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "berth-config-")), "berth.yml");
  writeFileSync(path, text);
  return path;
}

describe("loadConfig", () => {
  test("environment wins over file, and a flag over both", () => {
    const file = fileWith("listen: 127.0.0.1:1\ndata: /file\nlog:\n  level: warn\n");
    const { config, sources } = loadConfig({
      file,
      environment: { BERTH_LISTEN: "127.0.0.1:2", BERTH_DATA: "/environment" },
      flags: { listen: "127.0.0.1:3" },
    });
    expect(config.listen).toEqual({ host: "127.0.0.1", port: 3 });
    expect(config.data).toBe("/environment");
    expect(config.log.level).toBe("warn");
    expect(sources.get("log.level")).toBe("file");
  });

  test("issuers of CI jobs come from the file, or as JSON from a variable", () => {
    const claims = { repository: "acme/api" };
    const rule = { claims, account: "ci", repositories: ["acme/*"], actions: ["push"] };
    const issuer = { issuer: "https://ci.example.com", audience: "hub", rules: [rule] };
    const json = JSON.stringify([issuer]);
    const expected = [{ ...issuer, rules: [{ ...rule, lifetime: 1_800_000 }] }];
    const file = fileWith(`access:\n  issuers: ${json}\n`);
    expect(loadConfig({ file, environment: {} }).config.access.issuers).toEqual(expected);
    const environment = { BERTH_ACCESS_ISSUERS: json };
    expect(loadConfig({ environment }).config.access.issuers).toEqual(expected);
    const { audience: _none, ...unaddressed } = issuer;
    const environments = [
      JSON.stringify([unaddressed]),
      JSON.stringify([{ ...issuer, rules: [{ ...rule, claims: {} }] }]),
      JSON.stringify([{ ...issuer, rules: [{ ...rule, repositories: [] }] }]),
      JSON.stringify([{ ...issuer, rules: [{ ...rule, lifetime: "13h" }] }]),
      "everybody",
    ].map((text) => ({ BERTH_ACCESS_ISSUERS: text }));
    for (const wrong of environments) {
      expect(() => loadConfig({ environment: wrong })).toThrow("access.issuers");
    }
  });

  test("an unknown key of the file stops the start and names the nearest known one", () => {
    const file = fileWith("collection:\n  grase: 2h\n");
    expect(() => loadConfig({ file, environment: {} })).toThrow(
      "unknown setting collection.grase; did you mean collection.grace?",
    );
  });

  test.each([
    ["BERTH_LISTEN", "nowhere", "listen (BERTH_LISTEN): must be host:port"],
    [
      "BERTH_COLLECTION_GRACE",
      "soon",
      "collection.grace (BERTH_COLLECTION_GRACE): must be a duration",
    ],
    [
      "BERTH_STORAGE_RESERVE",
      "much",
      "storage.reserve (BERTH_STORAGE_RESERVE): must be a number of bytes",
    ],
    [
      "BERTH_DELETE_ENABLED",
      "maybe",
      "delete.enabled (BERTH_DELETE_ENABLED): must be true or false",
    ],
    [
      "BERTH_ACCESS_MODE",
      "none",
      "access.mode (BERTH_ACCESS_MODE): must be open, htpasswd or accounts",
    ],
    [
      "BERTH_MANIFESTS_FOREIGN_URLS_ALLOW",
      "[",
      "manifests.foreignUrls.allow (BERTH_MANIFESTS_FOREIGN_URLS_ALLOW): must be regular expressions",
    ],
    ["BERTH_URL", "hub", "url (BERTH_URL): must be an http or https address"],
  ])("%s=%s stops the start and says what is allowed", (variable, value, message) => {
    expect(() => loadConfig({ environment: { [variable]: value } })).toThrow(message);
  });

  test("an unknown variable is warned about with the nearest known name", () => {
    const { warnings } = loadConfig({ environment: { BERTH_LISTN: ":1" } });
    expect(warnings).toEqual([
      "unknown environment variable BERTH_LISTN is ignored; did you mean BERTH_LISTEN?",
    ]);
  });

  test("with accounts the hub is for everybody, without for this machine", () => {
    expect(loadConfig({ environment: {} }).config.listen).toEqual({ host: "::", port: 5000 });
    const { config } = loadConfig({ environment: { BERTH_ACCESS_MODE: "open" } });
    expect(config.listen).toEqual({ host: "127.0.0.1", port: 5000 });
  });

  test("the open mode refuses to listen beyond this machine unless told to", () => {
    const environment = { BERTH_LISTEN: ":5000", BERTH_ACCESS_MODE: "open" };
    expect(() => loadConfig({ environment })).toThrow("access.allowRemote");
    const { config } = loadConfig({
      environment: { ...environment, BERTH_ACCESS_ALLOW_REMOTE: "true" },
    });
    expect(config.listen.host).toBe("::");
  });

  test("settings that need each other are asked for together", () => {
    expect(() => loadConfig({ environment: { BERTH_TLS_KEY: "key.pem" } })).toThrow("tls:");
    expect(() => loadConfig({ environment: { BERTH_ACCESS_MODE: "htpasswd" } })).toThrow(
      "access.htpasswd.path",
    );
    expect(() => loadConfig({ environment: { BERTH_COLLECTION_GRACE: "1m" } })).toThrow(
      "collection.allowShortGrace",
    );
  });

  test("a secret is read from a file and never printed", () => {
    const file = fileWith("tops3cret\n");
    const loaded = loadConfig({ environment: { BERTH_ADMIN_PASSWORD_FILE: file } });
    expect(loaded.config.adminPassword).toBe("tops3cret");
    expect(JSON.stringify(printConfig(loaded))).not.toContain("tops3cret");
  });

  test("a file that is not YAML is refused with its name", () => {
    const file = fileWith("listen: [");
    expect(() => loadConfig({ file, environment: {} })).toThrow(ConfigError);
  });
});

test("a default is told as somebody would write it", () => {
  const text = describeConfig();
  for (const { name, default: value, read } of CONFIG_KEYS) {
    if (typeof value !== "number" || value === Number.MAX_SAFE_INTEGER) continue;
    const [, told = ""] = text.split(`| \`${name}\` |`)[1]?.split("|") ?? [];
    expect([name, read(told.replaceAll("`", "").trim())]).toEqual([name, value]);
  }
});

test("docs/configuration.md is what the schema says", async () => {
  const path = new URL("../../../docs/configuration.md", import.meta.url);
  expect(await readFile(path, "utf8")).toBe(describeConfig());
});
