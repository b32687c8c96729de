import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { content, descriptor, digestOf, json, OCI_INDEX, OCI_MANIFEST } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RawConnection, requestHead } from "../harness/raw-http.ts";
import { type Answer, manifestPath, RegistryClient } from "../harness/registry-client.ts";
import { expectRefusal } from "./expectations.ts";
import { residentBytes } from "./process-memory.ts";
import { newRepository } from "./target.ts";

const MIB = 1024 * 1024;
/** What a load may leave behind: V8 keeps some of what it got; what grows with the load is far beyond it. */
const MEMORY_TOLERANCE = 120 * MIB;
const IS_SOAK = process.env.BERTH_TEST_SCALE === "soak";

describe("memory stays flat", () => {
  let hub: HubProcess;
  let client: RegistryClient;
  const random = new Randomness();
  const target = () => ({ client, random });

  beforeAll(async () => {
    hub = await HubProcess.start();
    client = new RegistryClient(hub.url);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
  });

  async function expectFlatMemory(load: () => Promise<void>): Promise<void> {
    await load();
    const before = await residentBytes(hub.pid);
    await load();
    const after = await residentBytes(hub.pid);
    expect(after - before).toBeLessThan(MEMORY_TOLERANCE);
    expect((await client.get("/v2/")).status).toBe(200);
  }

  test("S32: a page of two thousand million entries is refused or cut, and allocates nothing", async () => {
    const repository = newRepository(target());
    await client.push(repository, "1", randomImage(random));
    await expectFlatMemory(async () => {
      const asks = Array.from({ length: 100 }, (_, index) => {
        const n = [2_147_483_647, 1_000_000_000, 99_999_999_999][index % 3];
        const path = index % 2 === 0 ? "/v2/_catalog" : `/v2/${repository}/tags/list`;
        return client.get(`${path}?n=${n}`);
      });
      for (const answer of await Promise.all(asks)) expect([200, 400]).toContain(answer.status);
    });
  });

  test("S33: a manifest without end is answered 413 long before its end", async () => {
    const piece = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(MIB, " "), CRLF]);
    await expectFlatMemory(async () => {
      await using connection = await RawConnection.open(client.host);
      const head = requestHead(client.host, [
        `PUT ${manifestPath(newRepository(target()), "endless")} HTTP/1.1`,
        `Content-Type: ${OCI_MANIFEST}`,
        "Transfer-Encoding: chunked",
      ]);
      const answer = connection.receive();
      const isAnswered = answer.then(
        () => true,
        () => true,
      );
      await connection.send(head);
      // 5 GB were announced by nobody: what counts is that the answer comes while the body still does.
      let sent = 0;
      while (sent < (IS_SOAK ? 5000 : 200)) {
        const outcome = await Promise.race([isAnswered, connection.send(piece)]);
        if (outcome === true) break;
        sent += 1;
      }
      expect((await answer).status).toBe(413);
      expect(sent).toBeLessThan(100);
    });
  }, 120_000);

  test("S33: a manifest that announces 5 GB is answered before its first byte", async () => {
    await using connection = await RawConnection.open(client.host);
    await connection.send(
      requestHead(client.host, [
        `PUT ${manifestPath(newRepository(target()), "large")} HTTP/1.1`,
        `Content-Type: ${OCI_MANIFEST}`,
        "Content-Length: 5000000000",
      ]),
    );
    expect((await connection.receive()).status).toBe(413);
  });

  const bombs: Readonly<Record<string, () => string>> = {
    "4 MiB of nested lists": () => "[".repeat(4 * MIB - 1),
    "nested lists in a field": () => `{"x":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`,
    "nested objects": () => `${'{"a":'.repeat(500_000)}1${"}".repeat(500_000)}`,
    "a number without end": () => `{"schemaVersion":${"1".repeat(3 * MIB)}}`,
    "a size of 1e308": () => manifestText({ size: "1e308" }),
    "a negative size": () => manifestText({ size: "-1" }),
    "a size that is no whole number": () => manifestText({ size: "1.5" }),
    "a size that is text": () => manifestText({ size: '"1"' }),
    "the same field 100,000 times": () => `{${'"schemaVersion":2,'.repeat(100_000)}"a":1}`,
    "100,000 annotations": () => {
      const entries = Array.from({ length: 100_000 }, (_, index) => [`k${index}`, "v"]);
      return manifestText({
        size: `2},"annotations":${JSON.stringify(Object.fromEntries(entries))},"x":{"y":1`,
      });
    },
    "25,000 layers": () =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(content("a/b", Buffer.from("{}"))),
        layers: Array.from({ length: 25_000 }, (_, index) => ({
          mediaType: "a/b",
          digest: digestOf(Buffer.from(String(index))),
          size: 1,
        })),
      }),
  };
  for (const [title, build] of Object.entries(bombs)) {
    test(`S34: ${title} is refused in no time`, async () => {
      const text = build();
      const repository = newRepository(target());
      await client.pushBlob(repository, Buffer.from("{}"));
      const started = performance.now();
      const answer = await client.send("PUT", manifestPath(repository, "bomb"), {
        headers: { "content-type": OCI_MANIFEST },
        body: text,
      });
      const milliseconds = performance.now() - started;
      expectRefusal(answer, { status: 400 });
      expect(answer.body.length).toBeLessThan(8 * MIB);
      // 100 ms on an idle machine; what is quadratic takes minutes.
      expect(milliseconds).toBeLessThan(3000);
    });
  }

  test("S34: 5,000 annotations and a key of 1 MB are odd, but a manifest", async () => {
    const repository = newRepository(target());
    const image = randomImage(random);
    await client.push(repository, "1", image);
    const fields = JSON.parse(image.manifest.bytes.toString());
    const many = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`k${index}`, "v"]),
    );
    for (const annotations of [many, { ["k".repeat(MIB)]: "v" }]) {
      const manifest = json(OCI_MANIFEST, { ...fields, annotations });
      await client.pushManifest(repository, "odd", manifest);
      const pulled = await client.getManifest(repository, "odd");
      expect(pulled.body.equals(manifest.bytes)).toBe(true);
    }
  });

  test("S34: an index that names itself as its own subject is no trap", async () => {
    const repository = newRepository(target());
    const first = json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    const second = json(OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [descriptor(first)],
      subject: descriptor(first),
    });
    await client.pushManifest(repository, "1", first);
    await client.pushManifest(repository, "2", second);
    expect((await client.delete(manifestPath(repository, first.digest))).status).not.toBe(500);
    expect((await client.get(`/v2/${repository}/referrers/${first.digest}`)).status).toBe(200);
  });

  test(
    "S35: many referrers to one subject are listed in pages, filtered and deleted in bounded time",
    async () => {
      const count = IS_SOAK ? 50_000 : 300;
      const repository = newRepository(target());
      const image = randomImage(random);
      await client.push(repository, "1", image);
      await client.pushBlob(repository, Buffer.from("{}"));
      const subject = descriptor(image.manifest);
      const annotations = { padding: "A".repeat(20_000) };
      const push = async (number: number) => {
        const artifactType = `application/vnd.example.${number % 2}`;
        const unique = { ...annotations, number: String(number) };
        const { manifest } = buildArtifact({ artifactType, subject, annotations: unique });
        await client.pushManifest(repository, manifest.digest, manifest);
      };
      for (let start = 0; start < count; start += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, index) => push(start + index)));
      }
      const path = `/v2/${repository}/referrers/${subject.digest}`;
      expect(await countReferrers(client, path)).toBe(count);
      const half = await countReferrers(client, `${path}?artifactType=application/vnd.example.1`);
      expect(half).toBe(count / 2);
      const started = performance.now();
      expect((await client.delete(manifestPath(repository, subject.digest))).status).toBe(202);
      expect(performance.now() - started).toBeLessThan(5000);
      expect(await countReferrers(client, path)).toBe(count);
    },
    IS_SOAK ? 3_600_000 : 60_000,
  );
});

const CRLF = Buffer.from("\r\n");

function manifestText({ size }: { size: string }): string {
  const digest = digestOf(Buffer.from("{}"));
  const config = `{"mediaType":"a/b","digest":"${digest}","size":${size}}`;
  return `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","config":${config},"layers":[]}`;
}

async function countReferrers(client: RegistryClient, path: string): Promise<number> {
  let count = 0;
  let next: string | undefined = path;
  while (next !== undefined) {
    const page: Answer = await client.get(next);
    expect(page.status).toBe(200);
    expect(page.body.length).toBeLessThanOrEqual(4 * MIB);
    count += JSON.parse(page.body.toString()).manifests.length;
    [, next] = /^<([^>]+)>/.exec(page.headers.link ?? "") ?? [];
  }
  return count;
}
