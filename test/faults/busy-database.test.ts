import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { startHub } from "../harness/hub.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { findDamage } from "./store-check.ts";

test("while another process holds the database, pulls go on, pushes are asked to come back, and nothing is lost", async () => {
  const random = new Randomness();
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const before = randomImage(random);
  const after = randomImage(random);
  await client.push("busy/app", "before", before);
  for (const { bytes } of [after.config, ...after.layers]) await client.pushBlob("busy/app", bytes);
  using other = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  other.exec("BEGIN IMMEDIATE");

  const refused = await client.putManifest("busy/app", "after", after.manifest);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  await client.assertPullable("busy/app", "before", before);

  other.exec("COMMIT");
  expect((await client.putManifest("busy/app", "after", after.manifest)).status).toBe(201);
  await client.assertPullable("busy/app", "after", after);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("while another process holds the database, people get tokens by what they have, and pull", async () => {
  await using hub = await startAccountsHub();
  await hub.push(ROOT, "acme/app:1");
  const { body } = await done(hub.root("POST /api/v1/account/tokens", WISH));
  const token = { name: ROOT.name, password: body.secret };
  const login = (await askForToken(hub.url, token)).refresh_token ?? "";
  using other = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  other.exec("BEGIN IMMEDIATE");

  const identities = [token, ROOT, { name: "<token>", password: login }];
  for (const identity of identities) {
    const answer = await askForToken(hub.url, identity);
    const headers = { authorization: `Bearer ${answer.token}` };
    const tags = await fetch(`${hub.url}/v2/acme/app/tags/list`, { headers });
    expect(await tags.json()).toEqual({ name: "acme/app", tags: ["1"] });
  }
  const refused = await hub.root("POST /api/v1/account/tokens", WISH);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});

const WISH = { label: "ci", scopes: ["repo:read"] };

async function askForToken(url: string, { name, password }: typeof ROOT) {
  const query = new URLSearchParams({ scope: "repository:acme/app:pull", offline_token: "true" });
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  const answer = await fetch(`${url}/token?${query}`, { headers: { authorization } });
  return (await answer.json()) as { token: string; refresh_token?: string };
}
