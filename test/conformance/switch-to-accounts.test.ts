import { expect, test } from "vitest";
import { startHub } from "../harness/hub.ts";
import { push, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const OPEN = { name: "nobody", password: "needed" };

/** What was pushed while the hub was open, and then the same data with accounts. */
async function switchWith(images: readonly string[]) {
  const folder = await makeTempDirectory("switch");
  const settings = { data: `${folder.path}/data` };
  {
    await using open = await startHub({ settings });
    for (const image of images) await push(open.url, OPEN, image);
  }
  return { folder, settings };
}

test("what was pushed to an open hub is private and somebody's once there are accounts", async () => {
  const { folder, settings } = await switchWith(["alpine:3", "acme/api:1", "acme/tools/lint:1"]);
  await using _folder = folder;
  await using hub = await startAccountsHub({ settings });
  const { body } = await hub.root("GET /v2/_catalog");
  expect(body.repositories).toEqual(["acme/api", "acme/tools/lint", "library/alpine"]);
  expect((await hub.root("GET /v2/alpine/tags/list")).body.tags).toEqual(["3"]);
  expect((await hub.anonymous("GET /v2/acme/api/tags/list")).status).toBe(401);
  await hub.addUsers("alice");
  await hub.root("PUT /api/v1/organizations/acme/members/alice", { role: "member" });
  expect((await hub.as("alice")("GET /v2/_catalog")).body.repositories).toEqual([
    "acme/api",
    "acme/tools/lint",
  ]);
  expect(await hub.push(ROOT, "acme/api:2")).toMatchObject({ status: 201 });
});

test("a name that would stand for two repositories stops the start, and nothing was changed", async () => {
  const { folder, settings } = await switchWith(["alpine:3", "library/alpine:3", "busybox:1"]);
  await using _folder = folder;
  await expect(startAccountsHub({ settings })).rejects.toThrow("alpine and library/alpine");
  await using open = await startHub({ settings });
  const catalog = await fetch(`${open.url}/v2/_catalog`);
  expect(await catalog.json()).toEqual({ repositories: ["alpine", "busybox", "library/alpine"] });
});
