import { expect, inject, test } from "vitest";
import { openDocker } from "../harness/clients.ts";
import { callerOf, done, push, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { randomContext } from "../harness/images.ts";
import { RecordingProxy } from "../harness/recording-proxy.ts";

test("docker shows why a pull is refused beyond the limit, and until when", async () => {
  const env = {
    BERTH_ACCESS_MODE: "accounts",
    BERTH_ADMIN_PASSWORD: ROOT.password,
    BERTH_LIMITS_PULLS_ANONYMOUS_COUNT: "2",
  };
  await using hub = await HubProcess.start({ env });
  await using docker = await openDocker(inject("dockerSocket"));
  await push(hub.url, ROOT, "limits/app:1");
  const root = callerOf(hub.url, ROOT);
  await done(root("PATCH /api/v1/repositories/limits/app", { visibility: "public" }));
  // Not by docker: what its engine still holds of an image that was removed, it does not ask for again.
  for (let turn = 0; turn < 2; turn += 1)
    await done(callerOf(hub.url)("GET /v2/limits/app/manifests/1"));
  expect(await docker.refused("pull", `${hub.host}/limits/app:1`)).toMatch(
    /toomanyrequests: You have reached your pull rate limit: 2 pulls in 6 hours\. Log in to pull without a limit, or wait/,
  );
});

test("what docker still holds of an image it does not ask for again, and only what it asks for counts", async () => {
  const limit = 20;
  const env = {
    BERTH_ACCESS_MODE: "accounts",
    BERTH_ADMIN_PASSWORD: ROOT.password,
    BERTH_LIMITS_PULLS_ANONYMOUS_COUNT: `${limit}`,
  };
  await using hub = await HubProcess.start({ env });
  await using proxy = await RecordingProxy.start(hub.url);
  await using docker = await openDocker(inject("dockerSocket"));
  const image = `${proxy.host}/limits/app:1`;
  await docker.login(proxy.host, ROOT);
  await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
  await docker.run("push", image);
  await docker.run("logout", proxy.host);
  const root = callerOf(hub.url, ROOT);
  await done(root("PATCH /api/v1/repositories/limits/app", { visibility: "public" }));
  const pulls = await proxy.record(async () => {
    for (const isRemoved of [true, false, true, true]) {
      if (isRemoved) await docker.run("image", "rm", image);
      await docker.run("pull", image);
    }
  });
  // It looks by HEAD each time, and gets the manifest where it does not have it any more: Docker Hub counts the same.
  expect(pulls.lines(/^HEAD \S+\/manifests\/1 200$/)).toHaveLength(4);
  const gets = pulls.lines(/^GET \S+\/manifests\/\S+ 200$/).length;
  expect(gets).toBeGreaterThan(0);
  expect(gets).toBeLessThan(4);
  const { headers } = await fetch(`${hub.url}/v2/limits/app/manifests/1`, { method: "HEAD" });
  expect(headers.get("ratelimit-remaining")).toBe(`${limit - gets};w=21600`);
});
