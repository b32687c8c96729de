import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey, makeRootKey, Repository, sign } from "../../src/trust/tuf/tuf.fixture.ts";
import { startHub } from "../harness/hub.ts";
import { SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { type TrustAnswer, TrustClient, toForm } from "../harness/signed-repository.ts";

const DAY_MS = 86_400_000;
const TARGET = { length: 3, hashes: { sha256: Buffer.alloc(32, 7).toString("base64") } };

let now = new Date("2026-11-28T12:00:00Z");
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let host: string;

beforeAll(async () => {
  hub = await startAccountsHub({ clock: () => now });
  host = new URL(hub.url).host;
  await hub.addUsers("alice", "bob");
});
afterAll(() => hub[Symbol.asyncDispose]());

function basic(name: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${SENTENCE}`).toString("base64")}` };
}

function clientOf(name: string, path: string): TrustClient {
  return new TrustClient({ url: hub.url, gun: `${host}/${path}` }, basic(name));
}

function codeOf({ status, body }: TrustAnswer): string {
  const [first] = (body.errors ?? []) as { code: string; detail?: { Name?: string } }[];
  return [status, first?.code, first?.detail?.Name].filter((word) => word !== undefined).join(" ");
}

test("files are served as they came, by role, hash and version, with their ages", async () => {
  const alice = clientOf("alice", "alice/files");
  const repository = await alice.initialise();
  const { body, headers } = await alice.ask("GET", "tuf/root.json");
  expect(body.signed).toEqual(repository.root);
  expect(headers.get("cache-control")).toBe("private, max-age=300, must-revalidate");
  expect(headers.get("last-modified")).toBe(now.toUTCString());
  const timestamp = await alice.ask("GET", "tuf/timestamp.json");
  const { sha256 } = timestamp.body.signed.meta.snapshot.hashes;
  const hash = Buffer.from(sha256, "base64").toString("hex");
  const snapshot = await alice.ask("GET", `tuf/snapshot.${hash}.json`);
  expect(snapshot.headers.get("cache-control")).toBe("private, max-age=2592000");
  const text = JSON.stringify(snapshot.body);
  expect(createHash("sha256").update(text).digest("hex")).toBe(hash);
  expect((await alice.ask("GET", "tuf/1.root.json")).status).toBe(200);
  for (const path of ["tuf/2.root.json", `tuf/root.${"0".repeat(64)}.json`, "tuf/targets/a.json"])
    expect(codeOf(await alice.ask("GET", path))).toBe("404 METADATA_NOT_FOUND");
});

test("what is no address of the API is not found, whatever the method", async () => {
  const alice = clientOf("alice", "alice/files");
  const cases = [
    ["PUT", "tuf/root.json"],
    ["HEAD", "tuf/root.json"],
    ["GET", "tuf/root.key"],
    ["POST", "tuf/targets.key"],
    ["GET", "tuf/"],
    ["GET", "tuf"],
    ["GET", "tuf/no.such.json"],
    ["GET", `tuf/1.root.${"0".repeat(64)}.json`],
  ] as const;
  for (const [method, path] of cases) expect((await alice.ask(method, path)).status).toBe(404);
  expect(codeOf(await alice.ask("GET", "tuf/root.key"))).toBe("404 METADATA_NOT_FOUND");
});

test("every refusal of an upload has the reference server's code", async () => {
  const alice = clientOf("alice", "alice/refused");
  const repository = await alice.initialise();
  const root = repository.signRoot();
  const { headers } = toForm({});
  const post = async (body: string, more: Record<string, string> = headers) =>
    codeOf(await alice.ask("POST", "tuf/", { body, headers: more }));
  expect(codeOf(await alice.publish({ "": root }))).toBe("400 NO_FILENAME");
  for (const role of [
    "roots",
    "targets/",
    "targets/A",
    "targets/../x",
    `targets/${"a".repeat(255)}`,
  ])
    expect(codeOf(await alice.publish({ [role]: root }))).toBe("400 INVALID_ROLE");
  for (const file of ["{", "[]", '{"signed":{}}', `${"[".repeat(9999)}`])
    expect(codeOf(await alice.publish({ root: file }))).toBe("400 MALFORMED_JSON");
  for (const body of ["", "no form", "--a-boundary\r\n", "--a-boundary\r\nx\r\n--a-boundary--"])
    expect(await post(body)).toBe("400 MALFORMED_UPLOAD");
  expect(await post("{}", { "content-type": "application/json" })).toBe("400 MALFORMED_UPLOAD");
  expect(await post("x".repeat(17 * 1024 * 1024))).toBe("400 MALFORMED_UPLOAD");
  expect(codeOf(await alice.publish({ targets: repository.signTargets() }))).toBe("400 VERSION");
  repository.targets.version = 2;
  expect(codeOf(await alice.publish({ targets: repository.signTargets(makeKey()) }))).toBe(
    "400 INVALID_UPDATE ErrBadTargets",
  );
  repository.root.version = 3;
  expect(codeOf(await alice.publish({ root: repository.signRoot() }))).toBe(
    "400 INVALID_UPDATE ErrBadRoot",
  );
  const snapshot = sign(
    { _type: "Snapshot", version: 9, expires: "2030-01-01T00:00:00Z", meta: {} },
    makeKey(),
  );
  expect(codeOf(await alice.publish({ snapshot }))).toBe("400 INVALID_UPDATE ErrBadSnapshot");
  const fresh = clientOf("alice", "alice/fresh");
  expect(codeOf(await fresh.publish({}))).toBe("400 INVALID_UPDATE ErrValidation");
  const own = new Repository(makeRootKey(fresh.gun));
  await fresh.nameKeys(own, "timestamp");
  const files = { root: own.signRoot(), targets: own.signTargets() };
  expect(codeOf(await fresh.publish(files))).toBe("400 INVALID_UPDATE ErrBadHierarchy");
  const feed = await alice.ask("GET", "changefeed?records=many");
  expect(codeOf(feed)).toBe("400 INVALID_PARAMETERS");
});

test("an upload may hold no file, names with an ending, and a timestamp, which is passed over", async () => {
  const alice = clientOf("alice", "alice/forms");
  const repository = await alice.initialise();
  expect((await alice.publish({})).status).toBe(200);
  const { body } = await alice.ask("GET", "tuf/timestamp.json");
  expect(body.signed.version).toBe(2);
  repository.targets.version = 2;
  const targets = repository.signTargets();
  const timestamp = repository.signTimestamp(targets, 99);
  expect((await alice.publish({ "targets.json": targets, timestamp })).status).toBe(200);
  expect((await alice.ask("GET", "tuf/timestamp.json")).body.signed.version).toBe(3);
});

test("of those who publish at once, each is stored whole or told that it came too late", async () => {
  const alice = clientOf("alice", "alice/crowd");
  const repository = await alice.initialise();
  const signers = Array.from({ length: 8 }, (_none, index) => ({
    role: `targets/s${index}`,
    key: makeKey(),
  }));
  for (const { role, key } of signers) repository.addDelegation(role, key);
  repository.targets.version = 2;
  expect((await alice.publish({ targets: repository.signTargets() })).status).toBe(200);
  const words = {
    ...{ _type: "Targets", version: 1, expires: "2030-01-01T00:00:00Z" },
    targets: { v1: TARGET },
  };
  const all = await Promise.all(
    signers.map(({ role, key }) => alice.publish({ [role]: sign(words, key) })),
  );
  expect(all.map(({ status }) => status)).toEqual(Array(8).fill(200));
  const { body } = await alice.ask("GET", "tuf/snapshot.json");
  expect(Object.keys(body.signed.meta).sort()).toEqual(
    ["root", "targets", ...signers.map(({ role }) => role)].sort(),
  );
  repository.targets.version = 3;
  const same = await Promise.all(
    ["a", "b", "c", "d"].map((tag) => {
      repository.targets.targets = { [tag]: TARGET };
      return alice.publish({ targets: repository.signTargets() });
    }),
  );
  expect(same.map(codeOf).sort()).toEqual(["200", ...Array(3).fill("400 VERSION")]);
});

test("what would expire is signed anew when it is asked for, and stays what it says otherwise", async () => {
  const alice = clientOf("alice", "alice/old");
  await alice.initialise();
  const read = async (role: string) => (await alice.ask("GET", `tuf/${role}.json`)).body.signed;
  const before = now;
  try {
    expect((await read("timestamp")).version).toBe(1);
    now = new Date(before.getTime() + 13 * DAY_MS);
    const both = await Promise.all([read("timestamp"), read("timestamp")]);
    expect(both.map(({ version }) => version)).toEqual([2, 2]);
    expect(new Date(both[0].expires).getTime()).toBeGreaterThan(now.getTime() + 13 * DAY_MS);
    expect((await read("snapshot")).version).toBe(1);
    now = new Date(before.getTime() + 3 * 365 * DAY_MS);
    expect((await read("snapshot")).version).toBe(2);
    const timestamp = await read("timestamp");
    const bytes = JSON.stringify((await alice.ask("GET", "tuf/snapshot.json")).body);
    expect(timestamp.meta.snapshot.hashes.sha256).toBe(
      createHash("sha256").update(bytes).digest("base64"),
    );
  } finally {
    now = before;
  }
});

test("keys of the hub are made once, replaced on demand, and never leave it", async () => {
  const alice = clientOf("alice", "alice/keys");
  const ask = async () => (await alice.ask("GET", "tuf/timestamp.key")).body.keyval.public;
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(first).toBe(second);
  const repository = await alice.initialise();
  const rotated = await alice.ask("POST", "tuf/timestamp.key");
  expect(rotated.body).toEqual({
    keytype: "ed25519",
    keyval: { private: null, public: expect.not.stringMatching(first) },
  });
  // The root still names the old one.
  expect(await ask()).toBe(first);
  repository.root.version = 2;
  repository.nameServerKey("timestamp", { type: "ed25519", public: rotated.body.keyval.public });
  expect((await alice.publish({ root: repository.signRoot() })).status).toBe(200);
  expect(await ask()).toBe(rotated.body.keyval.public);
  expect(hub.dump()).not.toContain("PRIVATE KEY");
});

test("what is sealed by another key signs nothing, and whoever publishes is told", async () => {
  const alice = clientOf("alice", "alice/sealed");
  const repository = await alice.initialise();
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  const change = (to: string) =>
    database
      .prepare(
        `update trust_keys set sealed_key = ${to} where collection_id = (select id from trust_collections where gun = ?)`,
      )
      .run(alice.gun);
  change("'x' || sealed_key");
  repository.targets.version = 2;
  const files = { targets: repository.signTargets() };
  expect(codeOf(await alice.publish(files))).toBe("500 NO_CRYPTOSERVICE");
  expect((await alice.ask("GET", "tuf/targets.json")).body.signed.version).toBe(1);
  change("substr(sealed_key, 2)");
  expect(codeOf(await alice.publish(files))).toBe("200");
});

test("trust data stay behind when a repository is given to somebody else, who signs anew under the name that it has now", async () => {
  const old = clientOf("alice", "alice/given");
  await old.initialise();
  await hub.addOrganization("harbour", { alice: "owner" });
  const moved = await hub.as("alice")("POST /api/v1/repository-moves", {
    ...{ from: "alice/given", to: "harbour/given" },
  });
  expect(moved.status).toBeLessThan(300);
  const next = clientOf("alice", "harbour/given");
  const { body } = await next.ask("GET", "tuf/root.json");
  expect(body.errors[0].message).toContain(`goes by ${old.gun}, and signatures do not follow`);
  expect(codeOf(await old.publish({}))).toBe("401 UNAUTHORIZED");
  await next.initialise();
  const shown = await hub.as("alice")("GET /api/v1/content-trust/harbour/given");
  const names = shown.body.items.map((one: { gun: string; isCurrentName: boolean }) => [
    one.gun,
    one.isCurrentName,
  ]);
  expect(Object.fromEntries(names)).toEqual({ [old.gun]: false, [next.gun]: true });
});

test("rights are those of the repository, and a token has to name what is signed, host and all", async () => {
  const alice = clientOf("alice", "alice/rights");
  await alice.initialise();
  const path = "alice/rights";
  expect(codeOf(await clientOf("bob", path).ask("GET", "tuf/root.json"))).toBe(
    "404 METADATA_NOT_FOUND",
  );
  const nobody = new TrustClient({ url: hub.url, gun: alice.gun });
  const asked = await nobody.ask("GET", "tuf/root.json");
  expect(codeOf(asked)).toBe("401 UNAUTHORIZED");
  expect(asked.headers.get("www-authenticate")).toContain(`scope="repository:${alice.gun}:pull"`);
  await hub.as("alice")("PUT /api/v1/namespaces/alice/rights", {
    ...{ account: "bob", repository: path, actions: ["pull", "push"] },
  });
  const bob = clientOf("bob", path);
  expect((await bob.publish({})).status).toBe(200);
  for (const [method, target] of [
    ["POST", "tuf/timestamp.key"],
    ["DELETE", "tuf/"],
  ] as const)
    expect(codeOf(await bob.ask(method, target))).toBe("401 UNAUTHORIZED");
  const tokenFor = async (name: string, scope: string) => {
    const url = `${hub.url}/token?service=berth&scope=${encodeURIComponent(scope)}`;
    const { token } = (await (await fetch(url, { headers: basic(name) })).json()) as {
      token: string;
    };
    const authorization = `Bearer ${token}`;
    return new TrustClient({ url: hub.url, gun: alice.gun }, { authorization });
  };
  const puller = await tokenFor("bob", `repository:${alice.gun}:pull`);
  expect((await puller.ask("GET", "tuf/root.json")).status).toBe(200);
  expect(codeOf(await puller.publish({}))).toBe("401 UNAUTHORIZED");
  const pusher = await tokenFor("bob", `repository:${alice.gun}:push,pull`);
  expect((await pusher.publish({})).status).toBe(200);
  const ofRegistry = await tokenFor("bob", `repository:${path}:push,pull`);
  expect(codeOf(await ofRegistry.ask("GET", "tuf/root.json"))).toBe("401 UNAUTHORIZED");
  for (const [name, status] of [
    ["bob", 401],
    ["alice", 200],
  ] as const) {
    const all = await tokenFor(name, `repository:${alice.gun}:*`);
    expect((await all.ask("POST", "tuf/snapshot.key")).status).toBe(status);
  }
  const elsewhere = new TrustClient({ url: hub.url, gun: "elsewhere.example/a/b" }, basic("alice"));
  expect(codeOf(await elsewhere.ask("GET", "tuf/root.json"))).toBe("404 METADATA_NOT_FOUND");
  expect(codeOf(await elsewhere.publish({}))).toBe("400 INVALID_GUN");
});

test("feeds tell what was published and removed, of everything only what the reader may pull", async () => {
  const alice = clientOf("alice", "alice/feed");
  await alice.initialise();
  await alice.publish({});
  const read = async (query: string) => (await alice.ask("GET", `changefeed?${query}`)).body;
  const all = await read("records=0");
  expect(all.count).toBe(2);
  expect(all.records.map(({ Version }: { Version: number }) => Version)).toEqual([1, 2]);
  expect((await read("records=-1")).records[0].Version).toBe(2);
  expect((await read(`records=5&change_id=${all.records[0].ID}`)).count).toBe(1);
  expect((await alice.ask("DELETE", "tuf/")).status).toBe(200);
  expect((await alice.ask("DELETE", "tuf/")).status).toBe(200);
  const last = (await read("records=-1")).records[0];
  expect(last).toMatchObject({ Category: "deletion", GUN: alice.gun });
  const global = async (name: string) => {
    const url = `${hub.url}/v2/_trust/changefeed?records=-100`;
    const { records } = (await (await fetch(url, { headers: basic(name) })).json()) as {
      records: { GUN: string }[];
    };
    return records.some(({ GUN }) => GUN === alice.gun);
  };
  expect([await global("alice"), await global("bob")]).toEqual([true, false]);
});

test("signatures stay behind when a repository is renamed, die with it, and are not what comes after", async () => {
  const old = clientOf("alice", "alice/before");
  await old.initialise();
  const moved = await hub.as("alice")("POST /api/v1/repository-moves", {
    ...{ from: "alice/before", to: "alice/after" },
  });
  expect(moved.body).toMatchObject({ name: "alice/after" });
  const next = clientOf("alice", "alice/after");
  const { body } = await next.ask("GET", "tuf/root.json");
  expect(body.errors[0].message).toContain(`goes by ${old.gun}, and signatures do not follow`);
  const shown = await hub.as("alice")("GET /api/v1/content-trust/alice/after");
  expect(shown.body.items[0]).toMatchObject({ gun: old.gun, isCurrentName: false });
  // The old name leads to the repository, for pulling and for nothing else.
  expect((await old.ask("GET", "tuf/root.json")).status).toBe(200);
  expect(codeOf(await old.publish({}))).toBe("401 UNAUTHORIZED");
  await next.initialise();
  expect((await hub.as("alice")("DELETE /api/v1/repositories/alice/after")).status).toBe(204);
  expect(codeOf(await next.ask("GET", "tuf/root.json"))).toBe("404 METADATA_NOT_FOUND");
  await hub.as("alice")("POST /api/v1/repositories", { name: "alice/after" });
  expect(codeOf(await next.ask("GET", "tuf/root.json"))).toBe("404 METADATA_NOT_FOUND");
  expect((await hub.as("alice")("GET /api/v1/content-trust/alice/after")).body.items).toEqual([]);
});

test("whoever lost the root key resets, which is told of, and begins anew", async () => {
  const alice = clientOf("alice", "alice/lost");
  await alice.initialise();
  const again = new Repository(makeRootKey(alice.gun));
  await alice.nameKeys(again, "snapshot", "timestamp");
  again.root.version = 2;
  expect(codeOf(await alice.publish({ root: again.signRoot() }))).toBe(
    "400 INVALID_UPDATE ErrBadRoot",
  );
  expect(
    (await hub.as("alice")("DELETE /api/v1/content-trust/alice/lost?gun=another")).status,
  ).toBe(404);
  expect((await hub.as("alice")("DELETE /api/v1/content-trust/alice/lost")).status).toBe(204);
  const { body } = await hub.root("GET /api/v1/audit?action=repo.trust.reset&limit=1");
  expect(body.items[0]).toMatchObject({
    name: "alice/lost",
    before: JSON.stringify({ guns: [alice.gun] }),
  });
  await alice.initialise();
  const changes = await hub.as("alice")("GET /api/v1/content-trust-changes/alice/lost?limit=2");
  expect(changes.body.items.map(({ category }: { category: string }) => category)).toEqual([
    "update",
    "deletion",
  ]);
  expect(changes.body.next).toBeDefined();
});

test("without accounts whoever may push may sign: everybody, or the users of a file", async () => {
  await using open = await startHub({ settings: { "trust.keyAlgorithm": "ecdsa" } });
  const place = (url: string) => ({ url, gun: `${new URL(url).host}/lib/app` });
  const anybody = new TrustClient(place(open.url));
  await anybody.initialise();
  const { headers } = await anybody.ask("GET", "tuf/timestamp.json");
  expect(headers.get("cache-control")).toBe("public, max-age=300, s-maxage=300, must-revalidate");
  expect((await anybody.ask("GET", "tuf/timestamp.key")).body.keytype).toBe("ecdsa");
  expect((await anybody.ask("DELETE", "tuf/")).status).toBe(200);
  const users = [{ name: "carol", password: SENTENCE }];
  await using listed = await startHub({ users });
  await new TrustClient(place(listed.url), basic("carol")).initialise();
  const stranger = await new TrustClient(place(listed.url)).ask("GET", "tuf/root.json");
  expect(codeOf(stranger)).toBe("401 UNAUTHORIZED");
  expect(stranger.headers.get("www-authenticate")).toMatch(/^Basic/);
});
