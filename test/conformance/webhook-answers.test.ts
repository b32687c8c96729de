import { afterAll, beforeAll, expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";

const ALICE = { name: "alice", password: SENTENCE };

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  receiver = await startReceiver();
  const settings = { "outbound.allow": "127.0.0.0/8", url: "https://hub.example.com" };
  hub = await startAccountsHub({ settings });
  await hub.addUsers("alice", "mallory");
  await hub.push(ALICE, "alice/app:0");
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function makeHook(format: string): Promise<string> {
  const wish = { label: format, url: receiver.url, format, repository: "alice/app" };
  return (await done(hub.as("alice")("POST /api/v1/webhooks", wish))).body.id;
}

async function deliveriesOf(hook: string) {
  const { body } = await done(hub.as("alice")(`GET /api/v1/webhooks/${hook}/deliveries`));
  return body.items as Record<string, unknown>[];
}

test("a receiver reports at the callback address, and who sees the delivery sees the report", async () => {
  const hook = await makeHook("hub");
  const before = receiver.received.length;
  await hub.push(ALICE, "alice/app:1");
  await expect.poll(() => receiver.received.length, { timeout: 5000 }).toBe(before + 1);
  const { callback_url: whole } = JSON.parse(receiver.received.at(-1)?.body ?? "{}");
  const address = new URL(whole as string).pathname;
  const report = (path: string, body: object) => hub.anonymous(`POST ${path}`, body);
  const said = {
    state: "success",
    description: "387 tests passed",
    context: "Continuous integration",
    target_url: "https://ci.example.com/results/1",
  };
  expect((await report(address, said)).status).toBe(204);
  expect((await deliveriesOf(hook))[0]?.callback).toMatchObject(said);
  // Later reports take the place of earlier ones, up to a point.
  expect((await report(address, { state: "failure" })).status).toBe(204);
  expect((await deliveriesOf(hook))[0]?.callback).toMatchObject({ state: "failure" });
  for (const bad of [
    {},
    { state: "sunk" },
    { state: "success", target_url: "javascript:alert(1)" },
    { state: "success", description: "x".repeat(256) },
  ])
    expect((await report(address, bad)).status).toBe(400);
  const long = { state: "success", padding: "x".repeat(20_000) };
  expect((await report(address, long)).status).toBe(413);
  const elsewhere = address.replace(/hook\/.{4}/, "hook/AAAA");
  const wrong = await report(elsewhere, said);
  const absent = await report("/u/nobody/nothing", said);
  expect([wrong.status, absent.status]).toEqual([404, 404]);
  expect(wrong.body.type).toBe(absent.body.type);
  for (let n = 0; n < 18; n += 1) await report(address, { state: "success" });
  expect((await report(address, { state: "error" })).status).toBe(404);
  expect((await deliveriesOf(hook))[0]?.callback).toMatchObject({ state: "success" });
});

test("dead letters, and everything since a time, are sent once more in their order", async () => {
  const hook = await makeHook("json");
  // Gone for good: no use in trying for a week.
  receiver.state.status = 410;
  const since = new Date().toISOString();
  for (const tag of ["a", "b", "c"]) await hub.push(ALICE, `alice/app:${tag}`);
  const dead = async () =>
    (await deliveriesOf(hook)).filter(({ state }) => state === "dead").length;
  await expect.poll(dead, { timeout: 10_000 }).toBe(3);
  receiver.state.status = 204;
  const before = receiver.received.length;
  const tags = () =>
    receiver.received.slice(before).flatMap(({ body }) => JSON.parse(body).tags as string[]);
  const replay = `POST /api/v1/webhooks/${hook}/replay`;
  expect((await hub.as("mallory")(replay, {})).status).toBe(404);
  expect((await done(hub.as("alice")(replay, {}))).body).toEqual({ sent: 3 });
  await expect.poll(tags, { timeout: 10_000 }).toEqual(["a", "b", "c"]);
  const delivered = async () =>
    (await deliveriesOf(hook)).filter(({ state }) => state === "delivered").length;
  await expect.poll(delivered, { timeout: 5000 }).toBe(3);
  expect((await done(hub.as("alice")(replay, { since }))).body).toEqual({ sent: 6 });
  await expect.poll(tags, { timeout: 10_000 }).toHaveLength(9);
  const { body } = await done(hub.root("GET /api/v1/audit?action=webhook.replay"));
  expect(body.items).toHaveLength(2);
  expect((await hub.as("alice")(replay, { since: "yesterday" })).status).toBe(400);
});
