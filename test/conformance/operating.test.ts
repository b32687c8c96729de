import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Browser } from "../harness/browser.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";

test("those who run a hub see every setting, where it was said, and no secret; and what waits", async () => {
  await using hub = await startAccountsHub({
    settings: { "mail.user": "hub", "mail.password": "another password" },
  });
  await hub.addUsers("alice");
  const { body } = await done(hub.root("GET /api/v1/settings"));
  const settings = new Map(body.items.map((item: { name: string }) => [item.name, item]));
  expect(settings.get("access.mode")).toMatchObject({
    ...{ value: "accounts", source: "flag", variable: "BERTH_ACCESS_MODE" },
    description: expect.stringMatching(/\S/),
  });
  expect(settings.get("collection.grace")).toMatchObject({ source: "default" });
  expect(settings.get("adminPassword")).toMatchObject({ value: "(set)" });
  const text = JSON.stringify(body);
  for (const secret of [ROOT.password, "another password"]) expect(text).not.toContain(secret);
  const jobs = await done(hub.root("GET /api/v1/jobs"));
  expect(jobs.body).toEqual({
    queues: ["builds", "scans", "signatures", "deliveries", "mails"].map((name) => ({
      ...{ name, waiting: 0, failed: 0, nextAt: null },
    })),
    builds: [],
    runs: [],
  });
  const alice = hub.as("alice");
  for (const path of ["settings", "jobs", "jobs/failed-scans", "jobs/events"])
    expect((await alice(`GET /api/v1/${path}`)).status).toBe(403);
});

test("scans that were given up are listed with why and where, a page at a time", async () => {
  await using hub = await startAccountsHub();
  await using client = new RegistryClient(hub.url, { user: ROOT });
  const image = buildImage();
  await client.push("admin/shop", "1", image);
  await client.push("admin/other", "1", image);
  const add = (digest: string, state: string, reason: string | null) => {
    using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
    database
      .prepare(
        "insert into scans (digest, state, reason, analyser_version, advisories, attempts, due_at) values (?, ?, ?, 1, '', 3, 0)",
      )
      .run(digest, state, reason);
  };
  add(`sha256:${"1".repeat(64)}`, "failed", "its layer ends early");
  add(`sha256:${"2".repeat(64)}`, "waiting", null);
  add(image.manifest.digest, "failed", "a layer is no archive");
  const ask = async (query: string) =>
    (await done(hub.root(`GET /api/v1/jobs/failed-scans?limit=1${query}`))).body;
  const first = await ask("");
  expect(first.items).toEqual([
    {
      ...{ digest: image.manifest.digest, reason: "a layer is no archive", attempts: 3 },
      ...{ foundAt: null, repositories: ["admin/shop", "admin/other"] },
    },
  ]);
  const second = await ask(`&last=${first.next}`);
  expect(second.items).toMatchObject([{ reason: "its layer ends early", repositories: [] }]);
  expect(second.next).toBeUndefined();
  expect((await done(hub.root("GET /api/v1/jobs"))).body.queues).toContainEqual(
    expect.objectContaining({ name: "scans", waiting: 1, failed: 2 }),
  );
});

test("those who run the hub are told of jobs as they change", async () => {
  await using hub = await startAccountsHub();
  const { cookie } = await new Browser(hub.url).logIn(ROOT);
  const stop = new AbortController();
  const { status, headers, body } = await fetch(`${hub.url}/api/v1/jobs/events`, {
    headers: { cookie },
    signal: stop.signal,
  });
  expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const heard = toldBy(body as ReadableStream<Uint8Array>);
  const scansOf = async () =>
    (await heard.next()).value.queues.find(({ name }: { name: string }) => name === "scans");
  expect(await scansOf()).toMatchObject({ waiting: 0 });
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      "insert into scans (digest, state, analyser_version, advisories, attempts, due_at) values (?, 'failed', 1, '', 3, 0)",
    )
    .run(`sha256:${"3".repeat(64)}`);
  expect(await scansOf()).toMatchObject({ failed: 1 });
  stop.abort();
});

/** What each event of a stream says. */
async function* toldBy(body: ReadableStream<Uint8Array>) {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events)
      if (event.startsWith("data: ")) yield JSON.parse(event.slice("data: ".length));
  }
}
