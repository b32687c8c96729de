import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { listMiscounts } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { done, ROOT } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { digestOf } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { startReceiver } from "../harness/receiver.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const KIB = 1024;
const WAIT = { timeout: 10_000 };
const random = new Randomness();

async function startAcme() {
  const hub = await startWithTerminal({ settings: { "outbound.allow": "127.0.0.0/8" } });
  await hub.addOrganization("acme");
  const client = new RegistryClient(hub.url, { user: ROOT });
  return {
    ...hub,
    client,
    setQuota: (scope: string, quota: unknown) =>
      done(hub.root(`PATCH /api/v1/quotas/${scope}`, quota)),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

test("hooks are told of a quota that is nearly full, and of what did not fit, once", async () => {
  await using hub = await startAcme();
  const { client, setQuota } = hub;
  await using heard = await startReceiver();
  await using heardByHub = await startReceiver();
  const events = ["quota-warning", "quota-exceeded"];
  const hook = { label: "quotas", events, namespace: "acme", url: heard.url };
  await done(hub.root("POST /api/v1/webhooks", hook));
  const all = { label: "all", events, url: heardByHub.url };
  await done(hub.root("POST /api/v1/webhooks", all));

  await setQuota("namespaces/acme", { bytes: 100 * KIB });
  await client.pushBlob("acme/api", random.bytes(85 * KIB));
  for (let round = 0; round < 3; round += 1) {
    const bytes = random.bytes(20 * KIB);
    const location = await client.startUpload("acme/api");
    const refused = await client.finishUpload(location, digestOf(bytes), { body: bytes });
    expect(refused.status).toBe(403);
  }
  await expect.poll(heard.bodies, WAIT).toHaveLength(2);
  const about = { name: "acme", account: "acme", actor: "admin" };
  const limit = 100 * KIB;
  expect(heard.bodies()).toMatchObject([
    { ...about, kind: "quota-warning", details: { used: 85 * KIB, limit, percent: 80 } },
    { ...about, kind: "quota-exceeded", details: { used: 105 * KIB, limit } },
  ]);

  // A limit that is set below what is used is told of in the same step, also of the whole hub.
  await setQuota("hub", { bytes: 10 * KIB });
  await expect.poll(heardByHub.bodies, WAIT).toHaveLength(3);
  expect(heardByHub.bodies()[2]).toMatchObject({ kind: "quota-exceeded", name: "(hub)" });
  expect(heard.bodies()).toHaveLength(2);
});

test("pushes of layers, whole, in pieces and mounted, are warned like those of manifests", async () => {
  await using hub = await startAcme();
  const { client, setQuota } = hub;
  const bytes = random.bytes(90 * KIB);
  await client.pushBlob("acme/api", random.bytes(KIB));
  await setQuota("repositories/acme/api", { bytes: 100 * KIB });
  const pushed = await client.finishUpload(await client.startUpload("acme/api"), digestOf(bytes), {
    body: bytes,
  });
  expect(pushed).toMatchObject({ status: 201 });
  const sentence =
    '299 - "91 % of the storage quota of repository acme/api are used (91.0 KiB are of 100 KiB): pushes that go beyond it are refused"';
  expect(pushed.headers.warning).toBe(sentence);
  const small = random.bytes(10);
  const path = "/v2/acme/api/blobs/uploads/";
  const whole = await client.send("POST", `${path}?digest=${digestOf(small)}`, { body: small });
  expect(whole.headers.warning).toBe(sentence);
  await client.pushBlob("acme/web", small);
  const mounted = await client.send("POST", `${path}?mount=${digestOf(small)}&from=acme/web`);
  expect(mounted).toMatchObject({ status: 201, headers: { warning: sentence } });
});

test("berth fsck finds what is counted wrongly, and counts it anew", async () => {
  await using hub = await startAcme();
  await hub.client.push("acme/api", "1", randomImage(random));
  await hub.client.push("acme/web", "1", randomImage(random));
  await hub.client.push("admin/app", "1", randomImage(random));
  const fsck = (words = "") => hub.typeAlone(`fsck --data ${hub.dataDirectory}${words}`);
  expect(await fsck()).toBe("clean");
  {
    using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
    database.exec(
      `update usage_counts set bytes = bytes + 7 where scope_kind = 'hub';
       update usage_counts set tags = 9 where scope_kind = 'repository' and scope_id = 1;
       delete from usage_counts where scope_kind = 'namespace';
       insert into usage_counts values ('repository', 4711, 1, 1, 0, 0);
       delete from namespace_blobs where blob_id = 1;
       update namespace_manifests set copies = 5;`,
    );
  }
  const found = await fsck();
  expect(found).toContain("I7 counts of the hub: ");
  expect(found).toMatch(
    /^I7 counts of repository acme\/api: \d+ bytes, 9 tags and 0 repositories are counted, \d+, 1 and 0 are there; let it be counted anew: berth fsck --recount$/m,
  );
  expect(found).toContain("I7 counts of repository no. 4711");
  expect(found).toMatch(/8 findings$/);
  expect(await fsck(" --recount")).toMatch(/0 findings, 5 corrected$/);
  expect(await fsck()).toBe("clean");
  expect(listMiscounts(hub.dataDirectory)).toEqual([]);
  // What is counted goes on from there.
  await hub.client.push("acme/api", "2", randomImage(random));
  expect((await hub.client.delete("/v2/acme/web/manifests/1")).status).toBe(202);
  expect(await fsck()).toBe("clean");
});
