import { describe, expect, inject, test, vi } from "vitest";
import type { Client } from "../harness/client.ts";
import { openBuildah, openCtr, openDocker, openPodman, openSkopeo } from "../harness/clients.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage, randomContext, writeOciLayout } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const ALICE = { name: "alice", password: "colon: and ünïcode" };
const WRONG = { name: "alice", password: "guess" };

const stage = stageForThisFile({ users: [ALICE] });

describe("docker", () => {
  test("logs in, pushes, logs out, and is refused again", async () => {
    await using docker = await openDocker(inject("dockerSocket"));
    const image = `${stage.host}/docker/app:1`;
    await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");

    expect(await docker.refused("push", image)).toContain("no basic auth credentials");
    expect(await docker.login(stage.host, ALICE)).toContain("Login Succeeded");
    await docker.run("push", image);
    await docker.run("pull", image);
    await docker.run("logout", stage.host);
    expect(await docker.refused("pull", image)).toContain("no basic auth credentials");
  });

  test("is told so when its password was changed after the login", async () => {
    const before = { name: "bob", password: "before" };
    const after = { name: "bob", password: "after" };
    await using hub = await HubProcess.start({ users: [before] });
    await using docker = await openDocker(inject("dockerSocket"));
    const image = `${hub.host}/docker/changed:1`;
    await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
    await docker.login(hub.host, before);
    await docker.run("push", image);

    await hub.setUsers([after]);

    await vi.waitFor(
      async () => expect(await docker.refused("push", image)).toContain("unauthorized"),
      10_000,
    );
    await docker.login(hub.host, after);
    await docker.run("push", image);
  });

  test("is told what to do where everybody has to have two-factor login", async () => {
    const root = { name: "admin", password: "the first administrator" };
    const env = {
      BERTH_ACCESS_MODE: "accounts",
      BERTH_ACCESS_TWO_FACTOR: "required",
      BERTH_ADMIN_PASSWORD: root.password,
    };
    await using hub = await HubProcess.start({ env });
    await using docker = await openDocker(inject("dockerSocket"));
    expect(await docker.loginRefused(hub.host, root)).toContain(
      "this hub asks for two-factor login, which is off for admin. Turn it on: berth account two-factor enable; then log in anew",
    );
  });

  test("is told 401 Unauthorized for a wrong password", async () => {
    await using docker = await openDocker(inject("dockerSocket"));

    expect(await docker.loginRefused(stage.host, WRONG)).toContain("401 Unauthorized");
  });
});

describe.each([
  ["podman", openPodman],
  ["buildah", openBuildah],
  ["skopeo", openSkopeo],
] as const)("%s", (name, open) => {
  test("logs in, pushes, logs out, and is refused again", async () => {
    await using client = await open(stage.host);
    const image = `docker://${stage.host}/${name}/app:1`;

    expect(await client.login(stage.host, ALICE)).toContain("Login Succeeded");
    await pushSomething(client, name, image);
    await client.run("logout", stage.host);
    await expect(pushSomething(client, name, image)).rejects.toThrow(
      /authentication required|unauthorized/,
    );
  });

  test("is told that the password is wrong", async () => {
    await using client = await open(stage.host);

    expect(await client.loginRefused(stage.host, WRONG)).toContain("invalid username/password");
  });
});

test("ctr authenticates each command with --user and is refused without it", async () => {
  await using skopeo = await openSkopeo(stage.host);
  await skopeo.login(stage.host, ALICE);
  await pushSomething(skopeo, "skopeo", `docker://${stage.host}/ctr/app:1`);
  await using ctr = await openCtr(inject("containerdSocket"));
  const image = `${stage.host}/ctr/app:1`;

  expect(await ctr.refused("images", "pull", "--plain-http", image)).toContain("401 Unauthorized");
  await ctr.run("images", "pull", "--plain-http", "--user", `alice:${ALICE.password}`, image);
});

/** The three tools of the containers family take the same source once it is stored their way. */
async function pushSomething(client: Client, name: string, destination: string): Promise<void> {
  const layout = `${client.home}/layout`;
  await writeOciLayout(layout, "1", buildImage());
  if (name === "skopeo") {
    await client.run("copy", `oci:${layout}:1`, destination);
    return;
  }
  const id = await client.run("pull", "--quiet", `oci:${layout}:1`);
  await client.run("push", id, destination);
}
