import { join } from "node:path";
import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { callerOf } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { SmallDisk } from "../harness/small-disk.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const RUNS = "/api/v1/retention/runs";
const NAME = "acme/api";
const TAGS = Array.from({ length: 60 }, (_, at) => `t${at}`);

test("an undo on a full disk loses nothing, and comes to its end once there is room", async () => {
  const random = seeded();
  await using disk = await SmallDisk.create(64);
  const dataDirectory = join(disk.path, "data");
  const env = { BERTH_STORAGE_RESERVE: "8MiB" };
  await using hub = await HubProcess.start({ dataDirectory, env });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  for (const tag of TAGS) {
    if (tag === "t0") await client.push(NAME, tag, image);
    else await client.pushManifest(NAME, tag, image.manifest);
  }
  const ask = callerOf(hub.url);
  const untilOver = async () => {
    for (;;) {
      const { body } = await ask(`GET ${RUNS}/1`);
      if (!["waiting", "running", "undoing"].includes(body.state)) return body;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const scope = { kind: "repository", name: NAME };
  // Removing goes on without any room.
  await disk.fillUpTo(0);
  expect((await ask(`POST ${RUNS}`, { scope, policy: 'delete --match "t*"' })).status).toBeLessThan(
    508,
  );
  await disk.makeRoom();
  const begun = await ask(`GET ${RUNS}/1`);
  if (begun.status === 404) await ask(`POST ${RUNS}`, { scope, policy: 'delete --match "t*"' });
  expect(await untilOver()).toMatchObject({ state: "done", removed: TAGS.length });

  await disk.fillUpTo(0);
  await ask(`POST ${RUNS}/1/undo`);
  await disk.makeRoom();
  if ((await ask(`GET ${RUNS}/1`)).body.state === "done") await ask(`POST ${RUNS}/1/undo`);
  expect(await untilOver()).toMatchObject({ state: "undone", restored: TAGS.length, lost: 0 });
  const { body } = await ask(`GET /v2/${NAME}/tags/list?n=1000`);
  expect(body.tags).toEqual(TAGS.toSorted());
  await client.assertPullable(NAME, "t59", image);
  await hub.stop();
  expect(await findDamage(dataDirectory)).toEqual([]);
}, 180_000);
