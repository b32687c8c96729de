import { expect, test } from "vitest";
import { translateRegistryWords } from "./registry-words.ts";

const FILE = "/etc/docker/registry/config.yml";

test.each([
  { typed: ["registry", "serve", FILE], meant: ["serve", "--registry-config", FILE] },
  { typed: ["serve", FILE], meant: ["serve", "--registry-config", FILE] },
  { typed: [FILE], meant: ["serve", "--registry-config", FILE] },
  {
    typed: ["serve", "c.yaml", "--json"],
    meant: ["serve", "--registry-config", "c.yaml", "--json"],
  },
  { typed: ["registry", "garbage-collect", "-m", FILE], meant: ["collect"] },
  { typed: ["registry", "garbage-collect", "--dry-run", FILE], meant: ["collect", "--dry-run"] },
  { typed: ["registry", "garbage-collect", FILE, "-d", "-m"], meant: ["collect", "--dry-run"] },
  { typed: ["registry", "--version"], meant: ["version"] },
])("$typed, written for registry:2, means $meant", ({ typed, meant }) => {
  expect(translateRegistryWords(typed)).toEqual(meant);
});

test.each([
  [["serve"]],
  [["serve", "--config", "berth.yml"]],
  [["serve", "--config=berth.yml"]],
  [["fsck", "--json"]],
  [["--help"]],
  [[]],
])("%j is Berth's own and stays as it is", (words) => {
  expect(translateRegistryWords(words)).toEqual(words);
});
