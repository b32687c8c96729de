import { describe, expect, test } from "vitest";
import { measureCpu } from "../../../../test/harness/cpu-time.ts";
import { findSecrets } from "./find-secrets.ts";
import { createKeywordMatcher } from "./keyword-matcher.ts";
import { hideSecrets, isSecretVariable } from "./secret-names.ts";

/** Characters that are no pattern, put together here so that no scanner takes the test for a leak. */
const letters = (length: number) => "aB3dE5gH7jK9mN1pQ4rS6tU8vW2xY0z".repeat(8).slice(0, length);
const hexadecimal = (length: number) =>
  "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(4).slice(0, length);
const capitals = (length: number) => "Q2W3E4R5T6Y7U2I3O4P5".repeat(4).slice(0, length);

const SAMPLES: readonly [rule: string, text: string][] = [
  ["aws-access-key-id", `AKIA${capitals(16)}`],
  ["aws-secret-access-key", `aws_secret_access_key = ${letters(40)}`],
  ["github-token", `ghp_${letters(36)}`],
  ["github-fine-grained-token", `github_pat_${letters(22)}_${letters(59)}`],
  ["gitlab-token", `glpat-${letters(20)}`],
  ["slack-token", `xoxb-${"2".repeat(3)}${"1".repeat(8)}-${letters(24)}`],
  [
    "slack-webhook",
    `https://hooks.slack.com/services/T${capitals(8)}/B${capitals(8)}/${letters(24)}`,
  ],
  ["stripe-key", `sk_live_${letters(24)}`],
  ["google-api-key", `AIza${letters(35)}`],
  ["google-oauth-secret", `GOCSPX-${letters(28)}`],
  [
    "private-key",
    `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n${letters(64)}\n`,
  ],
  ["private-key", `key = "-----BEGIN PRIVATE KEY-----\\n${letters(64)}\\n"`],
  ["npm-token", `npm_${letters(36)}`],
  ["npm-auth", `//registry.internal/:_authToken=${letters(36)}`],
  ["pypi-token", `pypi-AgEIcHlwaS5vcmc${letters(90)}`],
  ["rubygems-token", `rubygems_${hexadecimal(48)}`],
  ["docker-token", `dckr_pat_${letters(27)}`],
  ["registry-login", `{"auths":{"hub":{"auth": "${letters(24)}"}}}`],
  ["sendgrid-key", `SG.${letters(22)}.${letters(43)}`],
  ["twilio-key", `TWILIO_KEY=SK${hexadecimal(32)}`],
  ["mailgun-key", `key-${hexadecimal(32)}`],
  ["openai-key", `sk-proj-${letters(40)}T3BlbkFJ${letters(40)}`],
  ["anthropic-key", `sk-ant-api03-${letters(95)}`],
  ["hugging-face-token", `hf_${"aBdEgHjKmNpQrStUvWxYz".repeat(2).slice(0, 34)}`],
  ["digitalocean-token", `dop_v1_${hexadecimal(64)}`],
  ["azure-storage-key", `AccountKey=${letters(86)}==`],
  ["shopify-token", `shpat_${hexadecimal(32)}`],
  ["telegram-token", `bot123456789:AA${letters(33)}`],
  ["databricks-token", `dapi${hexadecimal(32)}`],
  ["vault-token", `hvs.${letters(24)}`],
  ["age-key", `AGE-SECRET-KEY-1${"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".repeat(2).slice(0, 58)}`],
  ["grafana-token", `glsa_${letters(32)}_${hexadecimal(8)}`],
  ["new-relic-key", `NRAK-${capitals(27)}`],
  ["linear-key", `lin_api_${letters(40)}`],
  ["postman-key", `PMAK-${hexadecimal(24)}-${hexadecimal(34)}`],
  ["planetscale-token", `pscale_tkn_${letters(43)}`],
  ["atlassian-token", `ATATT3${letters(186)}`],
  ["connection-string", `postgres://app:${letters(12)}@db.internal:5432/app`],
  ["jwt", `eyJ${letters(30)}.eyJ${letters(60)}.${letters(43)}`],
];

describe("a secret is found by its form", () => {
  test.each(SAMPLES)("%s", (rule, text) => {
    const content = Buffer.from(`first line\nvalue: ${text}\nlast line`);
    const found = findSecrets(content);
    expect(found.map(({ rule: { id } }) => id)).toContain(rule);
    const secret = found.find(({ rule: { id } }) => id === rule);
    expect(secret?.line).toBeGreaterThanOrEqual(2);
    expect(secret?.beginning).toHaveLength(4);
  });
});

test.each([
  "AKIAIOSFODNN7EXAMPLE",
  `ghp_${"0".repeat(36)}`,
  `ghp_${letters(40)}`,
  "postgres://user:password_placeholder@host/db",
  `postgres://user:\${PASSWORD}@host/db`,
  "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
  "the marker -----BEGIN RSA PRIVATE KEY----- begins such files",
  '"auth": "none"',
  "monkey-0000 task_live_ skeleton",
])("what only looks like a secret is none: %s", (text) => {
  expect(findSecrets(Buffer.from(text))).toEqual([]);
});

test("keywords are found wherever they stand, also in each other, whatever their case", () => {
  const found: string[] = [];
  const keywords = ["he", "she", "hers", "xoxb-"];
  createKeywordMatcher(keywords)(Buffer.from("uSHErs XOxoxb-"), (index, end) =>
    found.push(`${keywords[index]} ${end}`),
  );
  expect(found.toSorted()).toEqual(["he 4", "hers 6", "she 4", "xoxb- 14"].toSorted());
});

test.each([
  ["DB_PASSWORD", "hunter2", true],
  ["api_key", "abc", true],
  ["STRIPE", `sk_live_${letters(24)}`, true],
  ["DB_PASSWORD_FILE", "/run/secrets/db", false],
  ["DB_PASSWORD", "/run/secrets/db", false],
  ["DB_PASSWORD", "", false],
  ["DB_PASSWORD", `\${DB_PASSWORD}`, false],
  ["PWD", "/srv", false],
  ["MYSQL_ALLOW_EMPTY_PASSWORD", "1", false],
  ["TOKENIZERS_PARALLELISM", "false", false],
  ["PATH", "/usr/bin", false],
])("the variable %s=%s is secret: %s", (name, value, expected) => {
  expect(isSecretVariable(name, value)).toBe(expected);
});

test("text can be shown without its secrets", () => {
  const text = `RUN TOKEN="ä b" curl -u x:ghp_${letters(36)} https://a`;
  expect(hideSecrets(text)).toBe("RUN TOKEN=*** curl -u x:*** https://a");
});

test.each(["akia", "-----BEGIN ", "sg.", '"auth"', "eyJ", "postgres://a:", "\n_auth="])(
  "four megabytes of %s are read in time",
  (keyword) => {
    const content = Buffer.alloc(4 * 1024 * 1024, keyword);
    expect(measureCpu(() => findSecrets(content))).toBeLessThan(5_000);
  },
);
