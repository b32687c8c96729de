import { expect, test } from "vitest";
import { startHub } from "../harness/hub.ts";
import { callerOf, push, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";

const USER = { name: "alice", password: "a long enough sentence" };

function settingsFor(url: string) {
  const ignore = { mediaTypes: ["application/octet-stream"] };
  const endpoint = { name: "listener", url, ignore };
  return { "notifications.endpoints": JSON.stringify([endpoint]), "delete.enabled": "true" };
}

test.each([
  {
    mode: "htpasswd",
    user: USER,
    start: (url: string) => startHub({ users: [USER], settings: settingsFor(url) }),
  },
  {
    mode: "accounts",
    user: ROOT,
    start: (url: string) => startAccountsHub({ settings: settingsFor(url) }),
  },
])("endpoints of the configuration hear who did what in the mode $mode", async (one) => {
  const { user, start } = one;
  await using receiver = await startReceiver();
  await using hub = await start(receiver.url);
  const ask = callerOf(hub.url, user);
  expect((await push(hub.url, user, "acme/app:1")).status).toBe(201);
  expect((await ask("GET /v2/acme/app/manifests/1")).status).toBe(200);
  expect((await ask("DELETE /v2/acme/app/manifests/1")).status).toBe(202);
  // A refused push is no event.
  const stranger = { name: "mallory", password: "guessed" };
  expect((await push(hub.url, stranger, "acme/app:2")).status).toBe(401);
  const told = () =>
    receiver
      .bodies()
      .flatMap(({ events }) => events)
      .map(({ action, actor, target }) => [action, actor.name, target.repository, target.tag]);
  // Pulls are counted behind the answer: their place in the order is their own.
  await expect
    .poll(() => told().toSorted(), { timeout: 10_000 })
    .toEqual([
      ["delete", user.name, "acme/app", "1"],
      ["pull", user.name, "acme/app", "1"],
      ["push", user.name, "acme/app", "1"],
    ]);
});
