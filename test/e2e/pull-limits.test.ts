import { expect, inject, test } from "vitest";
import { openDocker } from "../harness/clients.ts";
import { callerOf, done, push, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";

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
