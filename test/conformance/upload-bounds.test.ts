import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf, OCI_INDEX } from "../harness/images.ts";
import { chunked, RawConnection, requestHead } from "../harness/raw-http.ts";
import { type Answer, locationOf, RegistryClient } from "../harness/registry-client.ts";
import { expectEmpty, expectRefusal } from "./expectations.ts";
import { hubForThisFile } from "./hub-target.ts";
import { newRepository } from "./target.ts";

const MIB = 1024 * 1024;
const HOUR = 3_600_000;
const IS_SOAK = process.env.BERTH_TEST_SCALE === "soak";
const TOO_LARGE = { status: 413, code: "DENIED" };

describe("the size of a layer", () => {
  const target = hubForThisFile({ settings: { "limits.blobBytes": String(MIB) } });

  test("B8: a layer as large as the operator allows is accepted, one byte more is not", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(MIB + 1);
    const largest = bytes.subarray(0, MIB);
    await client.pushBlob(repository, largest);
    for (const body of [bytes, [largest, bytes.subarray(MIB)]]) {
      const location = await client.startUpload(repository);
      const answer = await client.finishUpload(location, digestOf(bytes), { body });
      expectRefusal(answer, TOO_LARGE);
    }
    const patched = await client.patch(await client.startUpload(repository), largest);
    const location = locationOf(patched);
    expectRefusal(await client.patch(location, bytes.subarray(MIB)), TOO_LARGE);
    expectEmpty(await client.headBlob(repository, digestOf(bytes)), 404);
    expectEmpty(await client.finishUpload(location, digestOf(largest)), 201);
  });

  test("S36: an upload without end is refused at the limit, and its bytes can be taken back", async () => {
    const { client, hub } = target();
    const location = await client.startUpload(newRepository(target()));
    await using connection = await RawConnection.open(client.host);
    const head = [`PATCH ${location} HTTP/1.1`, "Transfer-Encoding: chunked"];
    const piece = chunked(Buffer.alloc(MIB)).subarray(0, -"0\r\n\r\n".length);
    const answered = connection.receive();
    const isOver = answered.then(
      () => true,
      () => true,
    );
    await connection.send(requestHead(client.host, head));
    let sent = 0;
    for (; sent < 100; sent += 1) {
      if ((await Promise.race([isOver, connection.send(piece)])) === true) break;
    }
    expect(sent).toBeLessThan(100);
    expect((await answered).status).toBe(413);
    expect(await bytesOnDisk(hub.dataDirectory)).toBeLessThan(20 * MIB);
    await expect.poll(async () => (await client.delete(location)).status).toBe(204);
    expectRefusal(await client.get(location), { status: 404, code: "BLOB_UPLOAD_UNKNOWN" });
  });
});

describe("a large layer", () => {
  const target = hubForThisFile();

  test("B8: nothing limits the size of a layer unless the operator does", async () => {
    const { client } = target();
    const repository = newRepository(target());
    const size = IS_SOAK ? 20 * 1024 * MIB : 64 * MIB;
    const piece = Buffer.alloc(4 * MIB, "berth");
    const hash = createHash("sha256");
    const location = await client.startUpload(repository);
    function* pieces(): Generator<Uint8Array> {
      for (let sent = 0; sent < size; sent += piece.length) {
        hash.update(piece);
        yield piece;
      }
    }
    const patched = await client.send("PATCH", location, { body: pieces() });
    expect(patched.headers.range).toBe(`0-${size - 1}`);
    const digest = `sha256:${hash.digest("hex")}`;
    expectEmpty(await client.finishUpload(locationOf(patched), digest), 201);
    const head = await client.headBlob(repository, digest);
    expect(head.headers["content-length"]).toBe(String(size));
    const range = `bytes=${size - 5}-`;
    const end = await client.getBlob(repository, digest, { range });
    expect(end.body).toHaveLength(5);
  }, 1_800_000);
});

describe("how many uploads", () => {
  const mallory = { name: "mallory", password: "mallory's password" };
  const alice = { name: "alice", password: "alice's password" };
  const target = hubForThisFile({ users: [mallory, alice], settings: { "uploads.perUser": "20" } });

  test("S37: a flood of uploads is stopped for the one who makes it, until some are over", async () => {
    const { client, hub } = target();
    await using other = new RegistryClient(hub.url, { user: alice });
    const path = `/v2/${newRepository(target())}/blobs/uploads/`;
    const answers: Answer[] = [];
    for (let index = 0; index < 25; index += 1) answers.push(await client.send("POST", path));
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(20);
    for (const refused of answers.slice(20)) {
      expectRefusal(refused, { status: 429, code: "TOOMANYREQUESTS" });
    }
    expectEmpty(await other.send("POST", path), 202);
    const [first] = accepted;
    if (first === undefined) throw new Error("no upload was opened");
    expectEmpty(await client.delete(locationOf(first)), 204);
    expectEmpty(await client.send("POST", path), 202);
  });

  test("E3: 429 says when to try again", async () => {
    const { client } = target();
    const path = `/v2/${newRepository(target())}/blobs/uploads/`;
    let answer = await client.send("POST", path);
    while (answer.status === 202) answer = await client.send("POST", path);
    expectRefusal(answer, { status: 429, code: "TOOMANYREQUESTS" });
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  });
});

describe("how many uploads unless told otherwise", () => {
  const target = hubForThisFile();

  test("B10: a thousand uploads may be open at once, and not one more", async () => {
    const { client } = target();
    const path = `/v2/${newRepository(target())}/blobs/uploads/`;
    for (let round = 0; round < 10; round += 1) {
      const opened = Array.from({ length: 100 }, () => client.send("POST", path));
      for (const answer of await Promise.all(opened)) expectEmpty(answer, 202);
    }
    expectRefusal(await client.send("POST", path), { status: 429, code: "TOOMANYREQUESTS" });
  }, 60_000);
});

describe("how long an upload lasts", () => {
  let now = Date.parse("2030-01-01T00:00:00Z");
  const target = hubForThisFile({ clock: () => new Date(now) });

  test("B9: an upload nobody has written to for 24 hours is gone, with its bytes", async () => {
    const { client, hub, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(5 * MIB);
    const idle = locationOf(await client.patch(await client.startUpload(repository), bytes));
    const busy = await client.startUpload(repository);
    now += 23 * HOUR;
    expectEmpty(await client.patch(busy, bytes), 202);
    now += 2 * HOUR;
    const refusal = { status: 404, code: "BLOB_UPLOAD_UNKNOWN" };
    expectRefusal(await client.get(idle), refusal);
    expectRefusal(await client.finishUpload(idle, digestOf(bytes)), refusal);
    const id = /[0-9a-f-]{36}/.exec(idle)?.[0] ?? "";
    expect((await filesNamed(hub.dataDirectory, id)).length).toBeGreaterThan(0);
    expect(await hub.registry.uploads.expire()).toBe(1);
    expect(await filesNamed(hub.dataDirectory, id)).toEqual([]);
    expectEmpty(await client.finishUpload(busy, digestOf(bytes)), 201);
  });
});

describe("a disk that is nearly full", () => {
  const target = hubForThisFile({ reservesHalfOfTheDisk: true });

  test("E4: a push is warned while it still succeeds, in words that clients print", async () => {
    const { client } = target();
    const repository = newRepository(target());
    const empty = Buffer.from(`{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[]}`);
    const answer = await client.send("PUT", `/v2/${repository}/manifests/1`, {
      headers: { "content-type": OCI_INDEX },
      body: empty,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.warning).toMatch(/^299 - "[\x20-\x7e]+"$/);
    expect(answer.headers.warning?.length).toBeLessThanOrEqual(4096);
  });
});

async function filesNamed(folder: string, part: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.includes(part));
}

async function bytesOnDisk(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = names.map(async (name) => {
    const facts = await stat(join(folder, name));
    return facts.isFile() ? facts.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
