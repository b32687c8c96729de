import { describe, expect } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { digestOf, OCI_MANIFEST } from "../harness/images.ts";
import { exchange } from "../harness/raw-http.ts";
import { manifestPath } from "../harness/registry-client.ts";
import { expectRefusal } from "./expectations.ts";
import { newRepository, type Suite, type Target } from "./target.ts";

const GOOD_NAMES = ["a", "a/b", "a.b", "a_b", "a__b", "a-b", "a---b", "a/b/c/d/e/f", "0/1"];

const BAD_NAMES = [
  "A/b",
  "a/",
  "/a",
  "a//b",
  "a..b",
  "a._b",
  "a___b",
  "-a",
  "a-",
  "a-/b",
  "a/../b",
  "..",
  "%2e%2e",
  "a/%2e%2e/b",
  "a%2Fb",
  "%C3%A4",
  "a b".replace(" ", "%20"),
  `${"a".repeat(256)}`,
  `a/${"b".repeat(300)}`,
];

/** Names that look like parts of the API's own paths. */
const CONFUSING_NAMES = [
  "blobs",
  "manifests",
  "tags",
  "referrers",
  "uploads",
  "list",
  "catalog",
  "v2",
  "a/blobs",
  "x/manifests",
  "a/blobs/uploads",
  "a/manifests/latest",
  "a/tags/list",
  "a/referrers/b",
];

const GOOD_TAGS = ["a", "_", "9", "v1.0", "Latest", "a-b_c.d", "t".repeat(128)];
const BAD_TAGS = [".a", "-a", "a%20b", "a%3Ab", "a+b", "a@b", "%C3%A4", "t".repeat(129)];

export function describeNames(suite: Suite): void {
  describe("ping and names", () => {
    describePing(suite);
    describeRepositoryNames(suite);
    describeTags(suite);
  });
}

function describePing({ check, target }: Suite): void {
  check("P1: GET /v2/ answers 200 with an empty JSON object", async () => {
    const answer = await target().client.get("/v2/");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^application\/json\b/);
    expect(JSON.parse(answer.body.toString())).toEqual({});
  });

  check("P3: GET /v2 leads to /v2/ or answers as it does", async () => {
    const answer = await target().client.get("/v2");
    if (answer.status === 301) expect(answer.headers.location).toMatch(/\/v2\/$/);
    else expect(answer.status).toBe(200);
  });
}

function describeRepositoryNames({ check, target }: Suite): void {
  for (const name of GOOD_NAMES) {
    check(`N1: the repository name ${name} is accepted`, () => expectUsable(target(), name));
  }

  check("N1: a repository name of 255 characters is accepted", async () => {
    const start = `${newRepository(target())}/`;
    await expectUsable(target(), start + "n".repeat(255 - start.length));
  });

  for (const name of BAD_NAMES) {
    const title = name.length > 40 ? `of ${name.length} characters` : name;
    check(`N2: the repository name ${title} is refused on every route`, async () => {
      const { client } = target();
      const digest = digestOf(Buffer.from(name));
      for (const [method, path] of routesOf(name, digest)) {
        const answer = await client.send(method, path);
        expect([400, 404], `${method} ${path}`).toContain(answer.status);
      }
    });
  }

  check("N2: bytes above ASCII in a path are refused", async () => {
    const answer = await exchange(target().client.host, [
      "GET /v2/caf\u00e9/tags/list HTTP/1.1",
      "Connection: close",
    ]);
    expect([400, 404]).toContain(answer.status);
  });

  for (const name of CONFUSING_NAMES) {
    check(`N4: a repository may be called ${name}`, async () => {
      await expectUsable(target(), name);
      await expectUsable(target(), `${newRepository(target())}/${name}`);
    });
  }
}

function routesOf(name: string, digest: string): readonly (readonly [string, string])[] {
  return [
    ["GET", `/v2/${name}/manifests/latest`],
    ["PUT", `/v2/${name}/manifests/latest`],
    ["DELETE", `/v2/${name}/manifests/${digest}`],
    ["GET", `/v2/${name}/blobs/${digest}`],
    ["POST", `/v2/${name}/blobs/uploads/`],
    ["GET", `/v2/${name}/tags/list`],
    ["GET", `/v2/${name}/referrers/${digest}`],
  ];
}

function describeTags({ check, target }: Suite): void {
  for (const tag of GOOD_TAGS) {
    const title = tag.length > 40 ? `of ${tag.length} characters` : tag;
    check(`N3: the tag ${title} is accepted`, async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const image = randomImage(random);
      await client.push(repository, tag, image);
      await client.assertPullable(repository, tag, image);
    });
  }

  for (const tag of BAD_TAGS) {
    const title = tag.length > 40 ? `of ${tag.length} characters` : tag;
    check(`N3: the tag ${title} is refused by PUT and unknown to GET`, async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const image = randomImage(random);
      await client.push(repository, "good", image);
      const put = await client.send("PUT", manifestPath(repository, tag), {
        headers: { "content-type": OCI_MANIFEST },
        body: image.manifest.bytes,
      });
      expectRefusal(put, { status: 400, code: ["TAG_INVALID", "MANIFEST_INVALID"] });
      expect([400, 404]).toContain((await client.getManifest(repository, tag)).status);
      const list = await client.get(`/v2/${repository}/tags/list`);
      expect(JSON.parse(list.body.toString()).tags).toEqual(["good"]);
    });
  }
}

/** The name works on every route: push, pull by tag and digest, tags, referrers, delete. */
async function expectUsable(target: Target, name: string): Promise<void> {
  const { client, random } = target;
  const image = randomImage(random, [200]);
  const tag = `t-${random.word()}`;
  await client.push(name, tag, image);
  await client.assertPullable(name, tag, image);
  await client.assertPullable(name, image.manifest.digest, image);
  const tags = await client.get(`/v2/${name}/tags/list`);
  expect(JSON.parse(tags.body.toString())).toMatchObject({
    name,
    tags: expect.arrayContaining([tag]),
  });
  const upload = await client.startUpload(name);
  expect((await client.get(upload)).status).toBe(204);
  const deleted = await client.delete(manifestPath(name, image.manifest.digest));
  expect(deleted.status).toBe(202);
}
