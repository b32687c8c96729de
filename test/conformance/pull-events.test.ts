import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const ALICE = { name: "alice", password: SENTENCE };

/** Pulls that were written down for webhooks, in their order. */
function eventsOf(dataDirectory: string) {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"), { readOnly: true });
  const rows = database
    .prepare("select ordering_key, payload from outbox where topic = 'manifest.pulled' order by id")
    .all();
  return rows.map((row) => ({ key: row.ordering_key, ...JSON.parse(String(row.payload)) }));
}

test("pulls are told where a webhook asks for them and nowhere else, in order, and all of them at an orderly stop", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice");
  for (const image of ["alice/heard:1", "alice/heard:2", "alice/other:1"])
    await hub.push(ALICE, image);
  for (const name of ["alice/heard", "alice/other"])
    await done(hub.root(`PATCH /api/v1/repositories/${name}`, { visibility: "public" }));
  const pull = async (path: string) => {
    const response = await fetch(`${hub.url}/v2/${path}`, { headers: { "user-agent": "test/1" } });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    return response.headers.get("docker-content-digest");
  };
  await pull("alice/heard/manifests/1");
  const wish = {
    label: "pulls",
    url: "https://hooks.invalid/",
    format: "json",
    repository: "alice/heard",
    events: ["pull"],
  };
  await done(hub.as("alice")("POST /api/v1/webhooks", wish));
  // A second hub over the same data is one that knows of the hook from its start.
  await hub.close();
  await using second = await startAccountsHub({ settings: { data: hub.dataDirectory } });
  expect(eventsOf(hub.dataDirectory)).toEqual([]);
  const again = async (path: string) => {
    const response = await fetch(`${second.url}/v2/${path}`, {
      headers: { "user-agent": "test/1" },
    });
    await response.arrayBuffer();
    return response.headers.get("docker-content-digest");
  };
  const first = await again("alice/heard/manifests/1");
  await again("alice/other/manifests/1");
  const other = await again("alice/heard/manifests/2");
  await again(`alice/heard/manifests/${first}`);
  await second.close();
  const events = eventsOf(hub.dataDirectory);
  expect(events.map(({ digest, tags }) => [digest, tags])).toEqual([
    [first, ["1"]],
    [other, ["2"]],
    [first, []],
  ]);
  expect(events[0]).toEqual({
    key: "alice/heard",
    repository: "alice/heard",
    repositoryId: expect.any(Number),
    digest: first,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    size: expect.any(Number),
    tags: ["1"],
    actor: "anonymous",
    address: "127.0.0.1",
    client: "test/1",
    host: new URL(second.url).host,
  });
});
