import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../src/platform/config/index.ts";
import { type CiRuleDraft, linesOf } from "../../web/src/parts/ci-rule-lines.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const DRAFT: CiRuleDraft = {
  ...{
    service: "github",
    name: "ci",
    issuer: "",
    subject: "",
    minutes: "30",
    project: "acme/api",
    branch: "release/*",
    account: "ci",
  },
  ...{ repositories: "acme/**", push: false },
};
const OURS = {
  source: "settings",
  issuer: "https://token.actions.githubusercontent.com",
  audience: "https://hub.example.com",
  claims: { repository: "acme/api", ref: "refs/heads/release/*" },
  account: "ci",
  repositories: ["acme/**"],
  actions: ["pull"],
  lifetimeSeconds: 1800,
};

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  const issuers = [
    ...(await issuersOf(DRAFT)),
    {
      ...{ issuer: "https://gitlab.example.com", audience: "own" },
      rules: [
        {
          ...{ claims: { project_path: "shop/web" }, account: "ci", lifetime: "5m" },
          ...{ repositories: ["shop/*", "ac*/web"], actions: ["pull", "push"] },
        },
        {
          ...{ claims: { project_path: "shop/other" }, account: "ci" },
          ...{ repositories: ["shop/other"], actions: ["pull"] },
        },
      ],
    },
  ];
  hub = await startAccountsHub({
    settings: { url: "https://hub.example.com", "access.issuers": JSON.stringify(issuers) },
  });
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
});
afterAll(() => hub[Symbol.asyncDispose]());

/** As the hub reads them from its file. */
async function issuersOf(draft: CiRuleDraft) {
  await using home = await makeTempDirectory("ci-rules");
  const file = join(home.path, "berth.yml");
  await writeFile(file, `url: https://hub.example.com\n${linesOf(draft)}\n`);
  const { config } = loadConfig({ file, environment: {} });
  return config.access.issuers.map(({ issuer, rules }) => ({
    issuer,
    rules: rules.map(({ lifetime, ...rule }) => ({ ...rule, lifetime: `${lifetime / 60_000}m` })),
  }));
}

test("rules that the page writes are rules of the hub, of both services", async () => {
  const { body } = await done(hub.root("GET /api/v1/ci-rules"));
  expect(body.items).toHaveLength(3);
  expect(body.items[0]).toEqual(OURS);
  const [gitlab] = await issuersOf({ ...DRAFT, service: "gitlab", push: true });
  expect(gitlab).toMatchObject({
    issuer: "https://gitlab.com",
    rules: [
      {
        claims: { project_path: "acme/api", ref_type: "branch", ref: "release/*" },
        actions: ["pull", "push"],
      },
    ],
  });
});

test("an organization sees those that reach its repositories, and nothing of what else they reach", async () => {
  const { body } = await done(hub.as("olaf")("GET /api/v1/organizations/acme/ci-rules"));
  expect(body.items).toEqual([
    OURS,
    expect.objectContaining({
      claims: { project_path: "shop/web" },
      audience: "own",
      repositories: ["ac*/web"],
      lifetimeSeconds: 300,
    }),
  ]);
});
