import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("rita");
});
afterAll(() => hub[Symbol.asyncDispose]());

const POLICY = { mode: "report", rules: { vulnerabilities: {} } };
const RIGHT = { account: "rita", actions: ["pull"] };
const ROBOT = { label: "ci", resources: [{ repositories: "library/*", actions: ["pull"] }] };
const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ANCHOR = { name: "build", pem: publicKey.export({ type: "spki", format: "pem" }) };
const DECISION = { vulnerability: "CVE-2026-1", status: "affected", reason: "it is" };
const WEBHOOK = { label: "all", url: "https://example.com/hook", namespace: "library" };
const HERE = { scope: { kind: "namespace", name: "library" }, policy: "keep 30d" };

const REQUESTS: readonly (readonly [request: string, body?: unknown])[] = [
  ["PUT /api/v1/pull-policies?scope=library&name=clean", POLICY],
  ["GET /api/v1/pull-policies?scope=library"],
  ["POST /api/v1/retention/simulations", HERE],
  ["GET /api/v1/retention/namespaces/library"],
  ["PATCH /api/v1/quotas/namespaces/library", { bytes: 1_000_000_000 }],
  ["GET /api/v1/quotas/namespaces/library"],
  ["PUT /api/v1/namespaces/library/tag-rules", {}],
  ["GET /api/v1/namespaces/library/tag-rules"],
  ["POST /api/v1/webhooks", WEBHOOK],
  ["GET /api/v1/webhooks?namespace=library"],
  ["POST /api/v1/organizations/library/robots", ROBOT],
  ["PUT /api/v1/namespaces/library/rights", { ...RIGHT, pattern: "*" }],
  ["PUT /api/v1/namespaces/library/default-rights", RIGHT],
  ["PATCH /api/v1/namespaces/library", { defaultVisibility: "public" }],
  ["POST /api/v1/trusted-signers/library", ANCHOR],
  ["POST /api/v1/vex/namespaces/library", DECISION],
  ["GET /api/v1/usage/series/namespaces/library"],
  ["GET /api/v1/usage/days/namespaces/library"],
  ["PUT /api/v1/organizations/library/two-factor", { required: false }],
  ["GET /api/v1/catalog/organizations/library"],
  ["GET /v2/orgs/library/settings"],
  ["PUT /api/v1/official/publishers/library"],
];

test.each(REQUESTS.map(([request, body]) => ({ request, body })))(
  "an administrator owns library before anything was pushed there: $request",
  async ({ request, body }) => {
    const { status, body: said } = await hub.root(request, body);
    expect(status, JSON.stringify(said)).toBeLessThan(300);
  },
);

test("library stays, and only administrators manage it", async () => {
  const refused = await hub.root("DELETE /api/v1/organizations/library");
  expect(refused.status).toBe(403);
  expect(refused.body.detail).toContain("library belongs to the hub itself");
  expect((await hub.as("rita")("PUT /api/v1/namespaces/library/tag-rules", {})).status).toBe(404);
  expect((await done(hub.root("GET /api/v1/organizations/library/members"))).body.items).toEqual(
    [],
  );
  const { body } = await done(hub.root("GET /api/v1/audit?account=library&action=org.create"));
  expect(body.items).toMatchObject([{ actor: "berth", name: "library", outcome: "done" }]);
});

test("a hub whose library was deleted before has it again, with what lies there, from its next start on", async () => {
  await using folder = await makeTempDirectory("library");
  const settings = { data: `${folder.path}/data` };
  {
    await using before = await startAccountsHub({ settings });
    await before.push(ROOT, "library/base:1");
  }
  {
    using database = new DatabaseSync(join(settings.data, "berth.db"));
    database.exec(`
      update repositories set namespace_id = null;
      delete from organizations;
      update namespaces set released_at = ${Date.now()} where name = 'library';
    `);
  }
  await using after = await startAccountsHub({ settings });
  const quota = await done(after.root("GET /api/v1/quotas/namespaces/library"));
  expect(quota.body.repositories.used).toBe(1);
  expect((await after.root("PUT /api/v1/pull-policies?scope=library", POLICY)).status).toBe(200);
});
