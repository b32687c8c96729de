import { join } from "node:path";
import { expect, test } from "vitest";
import { type ApiAnswer, callerOf, done, push, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { findDamage } from "./store-check.ts";

type Ask = (request: string, body?: unknown) => Promise<ApiAnswer>;

const ACCOUNTS = {
  BERTH_ACCESS_MODE: "accounts",
  BERTH_ADMIN_PASSWORD: ROOT.password,
  BERTH_COLLECTION_GRACE: "200ms",
  BERTH_COLLECTION_ALLOW_SHORT_GRACE: "true",
  BERTH_COLLECTION_INTERVAL: "1s",
};

/** What is cut off where, and what the hub may answer afterwards: the state before, or the one after. */
const CUTS = [
  {
    point: "repository-removal.before-commit",
    request: "DELETE /api/v1/repositories/acme/app",
    states: ["acme/app"],
  },
  {
    point: "repository-removal.before-answer",
    request: "DELETE /api/v1/repositories/acme/app",
    states: ["nothing"],
  },
  {
    point: "repository-emptying.before-commit",
    request: "DELETE /api/v1/repositories/acme/app",
    states: ["nothing"],
  },
  {
    point: "repository-move.before-commit",
    request: "POST /api/v1/repository-moves",
    body: { from: "acme/app", to: "acme/moved" },
    states: ["acme/app"],
  },
  {
    point: "namespace-rename.before-commit",
    request: "POST /api/v1/namespaces/acme/rename",
    body: { name: "zenith" },
    states: ["acme/app"],
  },
] as const;

test.each(CUTS)("a hub that is killed at $point has done it or not", async (cut) => {
  await using home = await makeTempDirectory("moves");
  const dataDirectory = join(home.path, "data");
  {
    await using hub = await HubProcess.start({ dataDirectory, env: ACCOUNTS });
    await done(
      callerOf(hub.url, ROOT)("POST /api/v1/users", { name: "alice", password: SENTENCE }),
    );
    expect((await push(hub.url, ROOT, "acme/app:1")).status).toBe(201);
    expect((await push(hub.url, ROOT, "acme/other:1")).status).toBe(201);
    await hub.stop();
  }
  {
    const env = { ...ACCOUNTS, BERTH_FAIL_POINTS: `${cut.point}:kill@1` };
    await using hub = await HubProcess.start({ dataDirectory, env });
    const ask = callerOf(hub.url, ROOT);
    // The kill takes the answer with it, or comes a moment after it.
    await ask(cut.request, "body" in cut ? cut.body : undefined).catch(() => undefined);
    expect(await hub.endsWithin(15_000)).toBe(true);
  }
  {
    await using hub = await HubProcess.start({ dataDirectory, env: ACCOUNTS });
    const ask = callerOf(hub.url, ROOT);
    expect(cut.states).toContain(await whatIsThere(ask));
    expect((await ask("GET /v2/acme/other/manifests/1")).status).toBe(200);
    // What was not done can be done now, and what was half done goes on by itself.
    if (cut.states[0] !== "nothing")
      await done(ask(cut.request, "body" in cut ? cut.body : undefined));
    await expect.poll(() => whatIsThere(ask), { timeout: 10_000 }).not.toBe("acme/app");
    await hub.stop();
  }
  expect(await findDamage(dataDirectory)).toEqual([]);
});

/** The name that the pushed image is found by. */
async function whatIsThere(ask: Ask): Promise<string> {
  const { status, body } = await ask("GET /api/v1/repositories/acme/app");
  if (status === 404) return "nothing";
  expect((await ask(`GET /v2/${body.name}/manifests/1`)).status).toBe(200);
  return body.name;
}
