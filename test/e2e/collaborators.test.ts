import { beforeAll, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openDocker, openSkopeo } from "../harness/clients.ts";
import { callerOf, done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { buildImage, randomContext, writeOciLayout } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const ALICE = { name: "alice", password: SENTENCE };
const BOB = { name: "bob", password: SENTENCE };
const RIGHTS = "/api/v1/namespaces/alice/rights";

const stage = stageForThisFile({
  env: { BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password },
});

/** alice has two repositories, and bob nothing of them yet. */
beforeAll(async () => {
  const root = callerOf(stage.hub.url, ROOT);
  for (const user of [ALICE, BOB]) await done(root("POST /api/v1/users", user));
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(stage.host, ALICE);
  for (const name of ["alice/app", "alice/other"])
    await docker.run("push", await build(docker, `${name}:1`));
});

async function build(docker: Client, image: string): Promise<string> {
  const name = `${stage.host}/${image}`;
  await docker.feed(randomContext(), "build", "--quiet", "--tag", name, "-");
  return name;
}

async function grant(...actions: readonly string[]): Promise<void> {
  const right = { account: "bob", repository: "alice/app", actions };
  await done(callerOf(stage.hub.url, ALICE)(`PUT ${RIGHTS}`, right));
}

test("a collaborator pulls and pushes exactly as they were given, with docker, and is told why not", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(stage.host, BOB);
  const image = `${stage.host}/alice/app:1`;
  const hidden = "repository alice/app does not exist, or bob has no right to see it";
  expect(await docker.refused("pull", image)).toContain(hidden);

  await grant("pull");
  await docker.run("pull", image);
  const next = await build(docker, "alice/app:2");
  expect(await docker.refused("push", next)).toContain(
    `denied: pushing to alice/app needs "write"; bob has only "read". alice can grant it: http://${stage.host}/r/alice/app/rights`,
  );

  await grant("pull", "push");
  await docker.run("push", next);
  // Neither to alice's other repository, nor to make one.
  expect(await docker.refused("pull", `${stage.host}/alice/other:1`)).toContain("does not exist");
  expect(await docker.refused("push", await build(docker, "alice/new:1"))).toContain(
    "repository alice/new does not exist, or bob has no right to see it",
  );

  const key = "account=bob&repository=alice/app";
  await done(callerOf(stage.hub.url, ALICE)(`DELETE ${RIGHTS}?${key}`));
  expect(await docker.refused("pull", image)).toContain(hidden);
  expect(await docker.refused("push", next)).toContain(hidden);
});

test("the right to push is none to delete, with skopeo, and the address in the refusal says who can give it", async () => {
  await grant("push");
  await using skopeo = await openSkopeo(stage.host);
  const layout = `${skopeo.home}/layout`;
  await writeOciLayout(layout, "1", buildImage());
  const image = `docker://${stage.host}/alice/app:bobs`;
  await skopeo.login(stage.host, BOB);
  await skopeo.run("copy", `oci:${layout}:1`, image);
  expect(await skopeo.refused("delete", image)).toMatch(
    /deleting from alice\/app needs|403|denied/,
  );
  expect(await skopeo.run("inspect", "--raw", image)).toContain("schemaVersion");
  const bob = callerOf(stage.hub.url, BOB);
  const refused = await bob("DELETE /v2/alice/app/manifests/bobs");
  const [, address = ""] = /alice can grant it: (\S+)$/.exec(refused.body.errors[0].message) ?? [];
  expect((await bob(`GET ${new URL(address).pathname}`)).body).toContain(
    "delete: berth repo grant alice --account bob --repository alice/app --may delete",
  );
  await grant("push", "delete");
  await skopeo.run("delete", image);
});
