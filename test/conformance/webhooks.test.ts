import { createHmac } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";

const ALICE = { name: "alice", password: SENTENCE };
const SECRET = "a secret of the receiver's";
const HOUR = 3_600_000;

async function startHub(clock?: () => Date) {
  const hub = await startAccountsHub({
    settings: { "outbound.allow": "127.0.0.0/8" },
    ...(clock === undefined ? {} : { clock }),
  });
  await hub.addUsers("alice", "mallory");
  return hub;
}

test("a push is told, signed, in the format that was asked for", async () => {
  await using receiver = await startReceiver();
  await using hub = await startHub();
  await hub.push(ALICE, "alice/app:before");
  const wish = {
    label: "ci",
    url: receiver.url,
    format: "hub",
    repository: "alice/app",
    secret: SECRET,
  };
  const { body: hook } = await done(hub.as("alice")("POST /api/v1/webhooks", wish));
  expect(JSON.stringify(hook)).not.toContain(SECRET);
  await hub.push(ALICE, "alice/app:1");
  await hub.push(ALICE, "alice/other:1");
  await expect.poll(() => receiver.received, { timeout: 5000 }).toHaveLength(1);
  const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
  expect(JSON.parse(body)).toMatchObject({
    push_data: { pusher: "alice", tag: "1" },
    repository: { repo_name: "alice/app", is_private: true },
  });
  const signed = `${headers["x-berth-delivery"]}.${headers["x-berth-timestamp"]}.${body}`;
  const expected = createHmac("sha256", SECRET).update(signed).digest("hex");
  expect(headers["x-berth-signature-256"]).toBe(`sha256=${expected}`);
});

test("S94: a secret is not in the database, nor is one that a former version kept in the clear", async () => {
  await using receiver = await startReceiver();
  await using before = await startHub();
  const make = async (label: string) => {
    const wish = { label, url: receiver.url, format: "json", namespace: "alice", secret: SECRET };
    return (await done(before.as("alice")("POST /api/v1/webhooks", wish))).body.id as string;
  };
  const [id, moved] = [await make("old"), await make("moved")];
  expect(await bytesOf(before.dataDirectory)).not.toContain(SECRET);
  await before.close();
  {
    using database = new DatabaseSync(join(before.dataDirectory, "berth.db"));
    const move =
      "update webhooks set secret = (select secret from webhooks where id = ?) where id = ?";
    database.prepare(move).run(id, moved);
    database.prepare("update webhooks set secret = ? where id = ?").run(SECRET, id);
  }
  const settings = { "outbound.allow": "127.0.0.0/8", data: before.dataDirectory };
  await using hub = await startAccountsHub({ settings });
  expect(before.dump()).not.toContain(SECRET);
  await hub.push(ALICE, "alice/app:1");
  await expect.poll(() => receiver.received, { timeout: 5000 }).toHaveLength(1);
  const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
  const signed = `${headers["x-berth-delivery"]}.${headers["x-berth-timestamp"]}.${body}`;
  const expected = createHmac("sha256", SECRET).update(signed).digest("hex");
  expect(headers["x-berth-signature-256"]).toBe(`sha256=${expected}`);
  // What was sealed for one hook opens for no other: nothing goes out, and the log of deliveries says so.
  const log = async () =>
    (await hub.as("alice")(`GET /api/v1/webhooks/${moved}/deliveries?limit=10`)).body.items[0];
  await expect.poll(log, { timeout: 5000 }).toMatchObject({ state: "waiting", attempts: 1 });
  expect(receiver.received).toHaveLength(1);
});

/** All that a copy of the database would hold. */
async function bytesOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("berth.db"));
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), "latin1")));
  return files.join("");
}

test("a receiver that is down for a day gets everything, in order, once it returns", async () => {
  let now = new Date("2026-11-24T12:00:00Z");
  await using receiver = await startReceiver();
  await using hub = await startHub(() => now);
  const wish = { label: "all", url: receiver.url, format: "json", namespace: "alice" };
  const { body: hook } = await done(hub.as("alice")("POST /api/v1/webhooks", wish));
  receiver.state.isDown = true;
  const tags = Array.from({ length: 24 }, (_, hour) => String(hour));
  for (const tag of tags) {
    await hub.push(ALICE, `alice/app:${tag}`);
    now = new Date(now.getTime() + HOUR);
  }
  const waiting = async () => {
    const { body } = await hub.as("alice")(`GET /api/v1/webhooks/${hook.id}/deliveries?limit=100`);
    return (body.items as { state: string }[]).filter(({ state }) => state === "waiting").length;
  };
  await expect.poll(waiting, { timeout: 10_000 }).toBe(24);
  receiver.state.isDown = false;
  const comeBack = () => {
    // Again and again: an attempt that was under way while the receiver was down waits from its own end on.
    now = new Date(now.getTime() + 24 * HOUR);
    return receiver.received;
  };
  await expect.poll(comeBack, { timeout: 30_000, interval: 500 }).toHaveLength(24);
  expect(receiver.received.map(({ body }) => JSON.parse(body).tags[0])).toEqual(tags);
});

test("hooks hear of what they are for: by event, by name, by tag", async () => {
  await using receiver = await startReceiver();
  await using hub = await startHub();
  const of = (label: string, wish: object) =>
    done(hub.root("POST /api/v1/webhooks", { label, url: `${receiver.url}/${label}`, ...wish }));
  await of("names", { repositories: "alice/a*", events: ["push"] });
  await of("tags", { tags: "v*", events: ["push"] });
  await of("deletions", { events: ["delete"] });
  for (const image of ["alice/app:v1", "alice/app:latest", "alice/tool:v2"])
    await hub.push(ALICE, image);
  await done(hub.as("alice")("DELETE /v2/alice/tool/manifests/v2"));
  const heard = () =>
    receiver.received.map(({ body }) => {
      const { kind, repository, tags } = JSON.parse(body);
      return `${kind} ${repository}:${tags}`;
    });
  await expect
    .poll(() => heard().toSorted(), { timeout: 10_000 })
    .toEqual([
      "delete alice/tool:v2",
      "push alice/app:latest",
      "push alice/app:v1",
      "push alice/app:v1",
      "push alice/tool:v2",
    ]);
});

test("a delivery is seen with its body and its answer, and sent again on demand; a ping arrives", async () => {
  await using receiver = await startReceiver();
  await using hub = await startHub();
  const wish = { label: "ci", url: receiver.url, namespace: "alice" };
  const { body: hook } = await done(hub.as("alice")("POST /api/v1/webhooks", wish));
  await hub.push(ALICE, "alice/app:1");
  await expect.poll(() => receiver.received, { timeout: 5000 }).toHaveLength(1);
  const path = `/api/v1/webhooks/${hook.id}`;
  const log = () => hub.as("alice")(`GET ${path}/deliveries`);
  await expect
    .poll(async () => (await log()).body.items[0].state, { timeout: 5000 })
    .toBe("delivered");
  const [delivery] = (await log()).body.items;
  expect(delivery).toMatchObject({ event: "push", about: "alice/app", status: 204, attempts: 1 });
  await done(hub.as("alice")(`POST ${path}/deliveries/${delivery.id}/redeliver`));
  await expect.poll(() => receiver.received, { timeout: 5000 }).toHaveLength(2);
  expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  await done(hub.as("alice")(`POST ${path}/ping`));
  await expect
    .poll(() => receiver.received.at(-1)?.headers["x-berth-event"], { timeout: 5000 })
    .toBe("ping");
  await done(hub.as("alice")(`DELETE ${path}`));
  expect((await log()).status).toBe(404);
});

test("another's hooks are not there, and hooks of the hub are its administrators'", async () => {
  await using receiver = await startReceiver();
  await using hub = await startHub();
  await hub.push(ALICE, "alice/app:1");
  const wish = { label: "ci", url: receiver.url, repository: "alice/app" };
  const { body: hook } = await done(hub.as("alice")("POST /api/v1/webhooks", wish));
  const mallory = hub.as("mallory");
  for (const request of [
    `GET /api/v1/webhooks/${hook.id}`,
    `DELETE /api/v1/webhooks/${hook.id}`,
    `POST /api/v1/webhooks/${hook.id}/ping`,
    `GET /api/v1/webhooks/${hook.id}/deliveries`,
    `POST /api/v1/webhooks/${hook.id}/deliveries/1/redeliver`,
    "GET /api/v1/webhooks?repository=alice/app",
    "GET /api/v1/webhooks?namespace=alice",
  ]) {
    expect([request, (await mallory(request)).status]).toEqual([request, 404]);
  }
  expect((await mallory("GET /api/v1/webhooks")).status).toBe(403);
  expect((await mallory("POST /api/v1/webhooks", { label: "x", url: receiver.url })).status).toBe(
    403,
  );
});

test.each([
  "http://169.254.169.254/latest",
  "http://10.0.0.1/",
  "http://[::1]/",
  "file:///etc/passwd",
])("a hook to %s is refused when it is made", async (url) => {
  await using hub = await startAccountsHub();
  const { status, body } = await hub.root("POST /api/v1/webhooks", { label: "x", url });
  expect(status).toBe(400);
  expect(body.detail ?? body.title).toMatch(/public|http/);
});

test("deliveries that wait outlive a restart of the hub", async () => {
  await using receiver = await startReceiver();
  await using first = await startHub();
  receiver.state.isDown = true;
  await done(first.root("POST /api/v1/webhooks", { label: "all", url: receiver.url }));
  await first.push(ROOT, "acme/app:1");
  await first.close();
  receiver.state.isDown = false;
  const later = new Date(Date.now() + HOUR);
  await using _second = await startAccountsHub({
    settings: { data: first.dataDirectory, "outbound.allow": "127.0.0.0/8" },
    clock: () => later,
  });
  await expect.poll(() => receiver.received, { timeout: 10_000 }).toHaveLength(1);
});
