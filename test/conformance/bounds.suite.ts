import { describe, expect } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import {
  type Content,
  content,
  descriptor,
  type Image,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../harness/images.ts";
import { chunked, RawConnection, requestHead } from "../harness/raw-http.ts";
import { type Answer, manifestPath } from "../harness/registry-client.ts";
import { expectRefusal } from "./expectations.ts";
import { newRepository, type Suite, type Target } from "./target.ts";

const MANIFEST_LIMIT = 4 * 1024 * 1024;
const TOO_LARGE = { status: 413, code: ["MANIFEST_INVALID", "SIZE_INVALID"] };

/** How much of something is too much. */
export function describeBounds(suite: Suite): void {
  describe("bounds", () => {
    describeManifestSize(suite);
    describeNesting(suite);
    describePages(suite);
    describeHeaders(suite);
  });
}

function describeManifestSize({ check, target }: Suite): void {
  check("B1: a manifest of exactly 4 MiB is accepted", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    const manifest = padded(image, MANIFEST_LIMIT);
    expect(manifest.bytes).toHaveLength(MANIFEST_LIMIT);
    await client.pushManifest(repository, "large", manifest);
    const pulled = await client.getManifest(repository, "large");
    expect(pulled.body.equals(manifest.bytes)).toBe(true);
  });

  check("B1: a manifest of one byte more than 4 MiB answers 413", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    const manifest = padded(image, MANIFEST_LIMIT + 1);
    expectRefusal(await client.putManifest(repository, "large", manifest), TOO_LARGE);
    expect((await client.getManifest(repository, "large")).status).toBe(404);
  });

  for (const coding of ["a Content-Length", "chunks"] as const) {
    check(
      `W5: after a manifest that is too large, sent with ${coding}, the connection is drained`,
      async () => {
        const { client } = target();
        const { repository } = await pushedImage(target());
        const body = Buffer.alloc(MANIFEST_LIMIT + 100_000, " ");
        await using connection = await RawConnection.open(client.host);
        const isChunked = coding === "chunks";
        const length = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
        const lines = [
          `PUT ${manifestPath(repository, "large")} HTTP/1.1`,
          `Content-Type: ${OCI_MANIFEST}`,
          length,
          ...client.credentials,
        ];
        await connection.send(requestHead(client.host, lines), isChunked ? chunked(body) : body);
        const refused = await connection.receive();
        expectRefusal(answerOf(refused), TOO_LARGE);
        // Either this connection goes on with the next request, or it was said that it would not.
        if (refused.headers.get("connection") === "close") return;
        await connection.send(
          requestHead(client.host, ["GET /v2/ HTTP/1.1", ...client.credentials]),
        );
        expect((await connection.receive()).status).toBe(200);
      },
    );
  }
}

function describeNesting({ check, target }: Suite): void {
  check("B2: JSON nested deeper than 32 levels is refused", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    for (const [depth, status] of [
      [31, 201],
      [33, 400],
      [100_000, 400],
    ] as const) {
      const nested = `${"[".repeat(depth)}${"]".repeat(depth)}`;
      const text = image.manifest.bytes.toString().replace("{", `{"nested":${nested},`);
      const manifest = content(OCI_MANIFEST, Buffer.from(text));
      const answer = await client.putManifest(repository, "nested", manifest);
      expect(answer.status, `depth ${depth}`).toBe(status);
    }
  });

  check("B3: indexes are nested at most four deep", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    let child = descriptor(image.manifest);
    for (let depth = 1; depth <= 4; depth += 1) {
      const index = indexOver(child);
      await client.pushManifest(repository, `depth-${depth}`, index);
      child = descriptor(index);
    }
    const answer = await client.putManifest(repository, "depth-5", indexOver(child));
    expectRefusal(answer, { status: 400, code: "MANIFEST_INVALID" });
  });
}

function describePages({ check, target }: Suite): void {
  for (const [count, status] of [
    [100, 201],
    [101, 400],
  ] as const) {
    check(`B6: a push by digest with ${count} tags answers ${status}`, async () => {
      const { client } = target();
      const { repository, image } = await pushedImage(target());
      const tags = Array.from({ length: count }, (_, index) => `t${index}`);
      const query = tags.map((tag) => `tag=${tag}`).join("&");
      const path = `${manifestPath(repository, image.manifest.digest)}?${query}`;
      const answer = await client.send("PUT", path, {
        headers: { "content-type": OCI_MANIFEST },
        body: image.manifest.bytes,
      });
      expect(answer.status).toBe(status);
      const list = await client.get(`/v2/${repository}/tags/list`);
      const expected = status === 201 ? [...tags, "1"].sort() : ["1"];
      expect(JSON.parse(list.body.toString()).tags).toEqual(expected);
    });
  }

  check(
    "B7: a page holds at most 10,000 tags, and Link leads on",
    async () => {
      const { client } = target();
      const { repository, image } = await pushedImage(target());
      const tags = Array.from({ length: 10_010 }, (_, index) => `t${index}`);
      for (let start = 0; start < tags.length; start += 100) {
        const query = tags.slice(start, start + 100).map((tag) => `tag=${tag}`);
        const path = `${manifestPath(repository, image.manifest.digest)}?${query.join("&")}`;
        const pushed = await client.send("PUT", path, {
          headers: { "content-type": OCI_MANIFEST },
          body: image.manifest.bytes,
        });
        expect(pushed.status).toBe(201);
      }
      for (const query of ["", "?n=50000"]) {
        const page = await client.get(`/v2/${repository}/tags/list${query}`);
        expect(JSON.parse(page.body.toString()).tags).toHaveLength(10_000);
        expect(page.headers.link).toMatch(/rel="next"/);
      }
    },
    60_000,
  );

  check("C1: the catalog lists repositories in order, page by page", async () => {
    const { client, random } = target();
    const prefix = `conformance/${random.word()}`;
    const names = ["a", "a-b", "a/b", "b"].map((name) => `${prefix}/${name}`);
    for (const name of names) await client.push(name, "1", randomImage(random, [10]));
    const start = encodeURIComponent(`${prefix}/`);
    const first = await client.get(`/v2/_catalog?n=3&last=${start}`);
    expect(first.status).toBe(200);
    expect(JSON.parse(first.body.toString())).toEqual({ repositories: names.sort().slice(0, 3) });
    const [, next = ""] = /^<([^>]+)>; *rel="next"$/.exec(first.headers.link ?? "") ?? [];
    const second = await client.get(next);
    expect(JSON.parse(second.body.toString()).repositories[0]).toBe(names.sort()[3]);
  });

  check("C1: the catalog refuses or cuts an n that is no number of entries", async () => {
    const { client } = target();
    const none = await client.get("/v2/_catalog?n=0");
    if (none.status === 200) expect(JSON.parse(none.body.toString())).toEqual({ repositories: [] });
    else expectRefusal(none, { status: 400, code: "PAGINATION_NUMBER_INVALID" });
    for (const n of ["-1", "x", "99999999999"]) {
      const answer = await client.get(`/v2/_catalog?n=${n}`);
      if (answer.status === 200) {
        const { repositories } = JSON.parse(answer.body.toString());
        expect(repositories.length).toBeLessThanOrEqual(1000);
      } else expectRefusal(answer, { status: 400, code: "PAGINATION_NUMBER_INVALID" });
    }
  });
}

function describeHeaders({ check, target }: Suite): void {
  check("B12: 15 KiB of headers are read, 100 KiB answer 431", async () => {
    const { client } = target();
    for (const [size, status] of [
      [15 * 1024, 200],
      [100 * 1024, 431],
    ] as const) {
      await using connection = await RawConnection.open(client.host);
      const large = `X-Large: ${"x".repeat(size)}`;
      const lines = ["GET /v2/ HTTP/1.1", large, ...client.credentials];
      await connection.send(requestHead(client.host, lines));
      expect((await connection.receive()).status).toBe(status);
    }
  });
}

function answerOf(raw: { status: number; headers: ReadonlyMap<string, string>; body: Buffer }) {
  const answer: Answer = { ...raw, headers: Object.fromEntries(raw.headers) };
  return answer;
}

function padded(image: Image, size: number): Content {
  const fields = JSON.parse(image.manifest.bytes.toString());
  const empty = json(OCI_MANIFEST, { ...fields, annotations: { padding: "" } });
  const padding = "A".repeat(size - empty.bytes.length);
  return json(OCI_MANIFEST, { ...fields, annotations: { padding } });
}

function indexOver(child: object): Content {
  return json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] });
}

async function pushedImage(target: Target): Promise<{ repository: string; image: Image }> {
  const repository = newRepository(target);
  const image = randomImage(target.random, [100]);
  await target.client.push(repository, "1", image);
  return { repository, image };
}
