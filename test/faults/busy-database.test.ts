import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { startHub } from "../harness/hub.ts";
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
