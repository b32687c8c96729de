import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openDocker } from "../harness/clients.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { randomContext } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const MIB = 1024 * 1024;
/** The Engine does not give up a push at once when its client is gone: it ends the requests that run. */
const AT_ONCE_MS = 2000;

const stage = stageForThisFile({
  env: { BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password },
});

beforeAll(async () => {
  await done(root("POST /api/v1/organizations", { name: "acme" }));
});

function root(line: string, body?: unknown) {
  return callerOf(stage.hub.url, ROOT)(line, body);
}

async function setQuota(bytes: number): Promise<void> {
  await done(root("PATCH /api/v1/quotas/namespaces/acme", { bytes }));
}

async function bytesOf(): Promise<{ used: number; arriving: number }> {
  return (await done(root("GET /api/v1/quotas/namespaces/acme"))).body.bytes;
}

async function build(docker: Client, image: string, size: number): Promise<string> {
  // Not through the proxy: it would keep the connection to the hub open when the client's is gone.
  const name = `${stage.hub.host}/${image}`;
  await docker.feed(randomContext(1, size), "build", "--quiet", "--tag", name, "-");
  return name;
}

test.each([
  { what: "a small layer", name: "small", size: 2000, room: 1000 },
  { what: "a layer that is stopped on its way", name: "big", size: 32 * MIB, room: 4 * MIB },
])(
  "docker shows the quota that $what does not fit into, and nothing of it stays",
  async ({ name, size, room }) => {
    await using docker = await openDocker(inject("dockerSocket"));
    await docker.login(stage.hub.host, ROOT);
    const image = await build(docker, `acme/${name}:1`, size);
    await setQuota(room);
    expect(await docker.refused("push", image)).toMatch(
      /denied: the quota of organization acme is \S+ \S+, 0 B are used: this does not fit\. Delete images that are not needed: .*, or ask an administrator of the hub to raise the quota/,
    );
    expect(await bytesOf()).toMatchObject({ used: 0, arriving: 0 });
    await setQuota(size + MIB);
    await docker.run("push", image);
    await done(root(`DELETE /api/v1/repositories/acme/${name}`));
    await expect.poll(async () => (await bytesOf()).used, { timeout: 9000 }).toBe(0);
  },
);

test("a docker push that is cancelled gives its room back at once", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(stage.hub.host, ROOT);
  const cancelled = await build(docker, "acme/cancelled:1", 96 * MIB);
  const other = await build(docker, "acme/other:1", 96 * MIB);
  await setQuota(100 * MIB);
  const push = spawn("docker", ["push", cancelled], {
    env: { PATH: process.env.PATH, ...docker.environment },
    stdio: "ignore",
  });
  const ended = once(push, "exit");
  await expect
    .poll(async () => (await bytesOf()).arriving, { timeout: 30_000, interval: 20 })
    .toBeGreaterThan(8 * MIB);
  push.kill("SIGINT");
  await ended;
  await expect
    .poll(async () => (await bytesOf()).arriving, { timeout: AT_ONCE_MS, interval: 20 })
    .toBe(0);
  expect((await bytesOf()).used).toBe(0);
  await docker.run("push", other);
  expect((await bytesOf()).used).toBeGreaterThan(96 * MIB);
});
