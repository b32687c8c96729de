import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";

const ALICE = { name: "alice", password: SENTENCE };
const WAIT = { timeout: 10_000 };
const OUTBOUND = { "outbound.allow": "127.0.0.0/8" };
const HUB = "https://hub.example.com";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;
type Receiver = Awaited<ReturnType<typeof startReceiver>>;

async function startHub() {
  const hub = await startAccountsHub({ settings: { ...OUTBOUND, url: HUB } });
  await hub.addUsers("alice");
  return hub;
}

async function listen(hub: Hub, receiver: Receiver, wish: object) {
  const { body } = await done(
    hub.as("alice")("POST /api/v1/webhooks", { label: "x", url: receiver.url, ...wish }),
  );
  return body.id as string;
}

test("a repository's end and its new name are told to its own hooks and its namespace's", async () => {
  await using own = await startReceiver();
  await using all = await startReceiver();
  await using hub = await startHub();
  await hub.push(ALICE, "alice/app:1");
  const alice = hub.as("alice");
  await done(alice("PATCH /api/v1/repositories/alice/app", { visibility: "public" }));
  const wish = { events: ["repository"], format: "json" };
  await listen(hub, own, { ...wish, repository: "alice/app" });
  await listen(hub, all, { ...wish, namespace: "alice" });
  await done(alice("POST /api/v1/repository-moves", { from: "alice/app", to: "alice/new" }));
  await done(alice("DELETE /api/v1/repositories/alice/new"));
  for (const receiver of [own, all]) {
    await expect.poll(receiver.bodies, WAIT).toHaveLength(2);
    const [renamed, deleted] = receiver
      .bodies()
      .toSorted((one, other) => Number(one.id) - Number(other.id));
    expect(renamed).toMatchObject({
      topic: "repository.renamed",
      repository: "alice/new",
      from: "alice/app",
      actor: "alice",
    });
    expect(deleted).toMatchObject({
      topic: "repository.deleted",
      repository: "alice/new",
      actor: "alice",
    });
  }
});

test("a namespace's new name is told to its own hooks, in every format that has words for it", async () => {
  await using receiver = await startReceiver();
  await using hub = await startHub();
  for (const format of ["json", "cloudevents", "slack"])
    await listen(hub, receiver, { namespace: "alice", events: ["namespace"], format });
  await done(hub.as("alice")("POST /api/v1/namespaces/alice/rename", { name: "alicia" }));
  await expect.poll(receiver.bodies, WAIT).toHaveLength(3);
  const find = (key: string) => receiver.bodies().find((body) => key in body);
  expect(find("kind")).toMatchObject({ topic: "namespace.renamed", name: "alicia", from: "alice" });
  expect(find("specversion")).toMatchObject({
    type: "berth.namespace.renamed",
    subject: "alicia",
    data: { from: "alice", formerName: "alice" },
  });
  expect(find("text").text).toBe(
    "alice renamed the namespace alicia (before: alice) on hub.example.com",
  );
});

test("what happened to a repository that was renamed or deleted since is told to its hooks all the same", async () => {
  await using receiver = await startReceiver();
  await using first = await startHub();
  const alice = first.as("alice");
  for (const name of ["alice/renamed", "alice/deleted"]) {
    await done(alice("POST /api/v1/repositories", { name }));
    await listen(first, receiver, { repository: name, events: ["push"] });
    await first.push(ALICE, `${name}:1`);
  }
  await expect.poll(() => receiver.received, WAIT).toHaveLength(2);
  await done(
    alice("POST /api/v1/repository-moves", { from: "alice/renamed", to: "alice/elsewhere" }),
  );
  await done(alice("DELETE /api/v1/repositories/alice/deleted"));
  // Another that got the name meanwhile is not meant.
  await done(alice("POST /api/v1/repositories", { name: "alice/deleted" }));
  await first.close();
  {
    // As if nobody had looked at any of it yet.
    using database = new DatabaseSync(join(first.dataDirectory, "berth.db"));
    database.exec("update webhook_position set outbox_id = 0");
  }
  await using _second = await startAccountsHub({
    settings: { ...OUTBOUND, data: first.dataDirectory },
  });
  await expect.poll(() => receiver.received, WAIT).toHaveLength(4);
  const names = receiver.bodies().map(({ repository }) => repository);
  expect(names.slice(2).toSorted()).toEqual(["alice/deleted", "alice/renamed"]);
});

test("each delivery of one push has a callback address of its own, and none where the hub has no address", async () => {
  await using receiver = await startReceiver();
  await using hub = await startHub();
  await hub.push(ALICE, "alice/app:1");
  const hook = await listen(hub, receiver, { repository: "alice/app", format: "hub" });
  const token = Buffer.from(`alice:${SENTENCE}`).toString("base64");
  const manifest = await fetch(`${hub.url}/v2/alice/app/manifests/1`, {
    headers: { authorization: `Basic ${token}` },
  });
  const digest = manifest.headers.get("docker-content-digest");
  const put = await fetch(`${hub.url}/v2/alice/app/manifests/${digest}?tag=a&tag=b`, {
    method: "PUT",
    headers: {
      authorization: `Basic ${token}`,
      "content-type": manifest.headers.get("content-type") ?? "",
    },
    body: await manifest.text(),
  });
  expect(put.status).toBe(201);
  await expect.poll(receiver.bodies, WAIT).toHaveLength(2);
  const addresses = receiver.bodies().map(({ callback_url: address }) => address as string);
  expect(new Set(addresses).size).toBe(2);
  for (const [index, address] of addresses.entries()) {
    expect(address).toMatch(/^https:\/\/hub\.example\.com\/u\/alice\/app\/hook\/[\w-]{32}\/$/);
    const report = { state: "success", description: `build ${index}` };
    const { status } = await hub.anonymous(`POST ${new URL(address).pathname}`, report);
    expect(status).toBe(204);
  }
  const { body } = await done(hub.as("alice")(`GET /api/v1/webhooks/${hook}/deliveries`));
  const said = (body.items as { callback: { description: string } }[]).map(
    ({ callback }) => callback.description,
  );
  expect(said.toSorted()).toEqual(["build 0", "build 1"]);
});

test("a preview is worded as the delivery would be, and nothing is sent", async () => {
  await using receiver = await startReceiver();
  await using hub = await startHub();
  await hub.push(ALICE, "alice/app:1");
  const alice = hub.as("alice");
  const hook = await listen(hub, receiver, { repository: "alice/app", format: "hub" });
  const ask = async (path: string, wish: object) =>
    (await done(alice(`POST /api/v1/webhooks${path}`, wish))).body;
  const own = await ask(`/${hook}/preview`, { tag: "v7" });
  expect(own.notes).toEqual([]);
  expect(JSON.parse(own.messages[0].body)).toMatchObject({
    push_data: { pusher: "alice", tag: "v7" },
    repository: { repo_name: "alice/app", repo_url: `${HUB}/u/alice/app/` },
  });
  const template = JSON.stringify({ said: "{{event}} of {{repository}}:{{tag}}" });
  const filled = await ask("/preview", { format: "template", template, namespace: "alice" });
  expect(JSON.parse(filled.messages[0].body)).toEqual({ said: "push of alice/app:latest" });
  const wordless = await ask("/preview", { format: "quay", event: "pull" });
  expect(wordless).toEqual({ messages: [], notes: ["the format quay has no words for pull"] });
  const bad = await alice("POST /api/v1/webhooks/preview", { format: "template", template: "{" });
  expect(bad.status).toBe(400);
  const foreign = await alice("POST /api/v1/webhooks/preview", { namespace: "admin" });
  expect(foreign.status).toBe(404);
  expect(receiver.received).toEqual([]);
});
