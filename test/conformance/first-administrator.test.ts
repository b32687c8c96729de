import { expect, test } from "vitest";
import { callerOf, done, SENTENCE } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const OPEN = { BERTH_ACCESS_MODE: "accounts", BERTH_ACCESS_SIGN_UP: "open" };
const FIRST = "the first one who started it";
const SECOND = "whoever started it once more";

test("S76: the first administrator is there before anybody is heard, and no later start or sign-up makes another", async () => {
  await using home = await makeTempDirectory("first-administrator");
  const start = (password: string) =>
    HubProcess.start({
      dataDirectory: home.path,
      env: { ...OPEN, BERTH_ADMIN_PASSWORD: password },
    });
  {
    await using hub = await start(FIRST);
    const signUp = callerOf(hub.url);
    const wish = { name: "admin", email: "eve@example.com", password: SENTENCE };
    expect((await signUp("POST /api/v1/sign-up", wish)).status).toBe(409);
    await done(signUp("POST /api/v1/sign-up", { ...wish, name: "eve" }));
    const eve = callerOf(hub.url, { name: "eve", password: SENTENCE });
    expect((await eve("GET /api/v1/users")).status).toBe(403);
    await hub.stop();
  }
  await using hub = await start(SECOND);
  expect((await callerOf(hub.url, { name: "admin", password: SECOND })("GET /v2/")).status).toBe(
    401,
  );
  const root = callerOf(hub.url, { name: "admin", password: FIRST });
  const boss = { name: "boss", password: SENTENCE, role: "administrator" };
  await done(root("POST /api/v1/users", boss));
  await done(callerOf(hub.url, boss)("DELETE /api/v1/users/admin"));
  // The name is free of its owner, and still nobody's to take.
  const wish = { name: "admin", email: "ann@example.com", password: SENTENCE };
  expect((await callerOf(hub.url)("POST /api/v1/sign-up", wish)).status).toBe(409);
  expect((await callerOf(hub.url, boss)("GET /api/v1/users/admin")).status).toBe(404);
});
