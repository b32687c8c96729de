import { describe, expect } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { type Answer, withQuery } from "../harness/registry-client.ts";
import { nextPage, parsed } from "./answer-pages.ts";
import { expectRefusal } from "./expectations.ts";
import { describeReferrerLists } from "./referrers.suite.ts";
import { newRepository, type Suite, type Target } from "./target.ts";

/** Tags that are prefixes of each other, and of every kind of character. */
const TAGS = ["1.0", "1.0-rc", "1.0.1", "A", "B", "_x", "a", "latest", "v1", "v1.0", "v10"];

export function describeDiscovery(suite: Suite): void {
  describe("discovery", () => {
    describeTagLists(suite);
    describeReferrerLists(suite);
  });
}

function describeTagLists({ check, target }: Suite): void {
  check("D1: the tags of a repository are listed in order", async () => {
    const repository = await taggedRepository(target());
    const answer = await target().client.get(`/v2/${repository}/tags/list`);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^application\/json\b/);
    expect(parsed(answer)).toEqual({ name: repository, tags: TAGS });
    expect(answer.headers.link).toBeUndefined();
  });

  check("D1: a repository without tags has an empty list, not null", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    await client.push(repository, image.manifest.digest, image);
    const answer = await client.get(`/v2/${repository}/tags/list`);
    expect(answer.status).toBe(200);
    expect(parsed(answer)).toEqual({ name: repository, tags: [] });
  });

  check("D2: n limits a page, and Link leads through all of them", async () => {
    const { client } = target();
    const repository = await taggedRepository(target());
    const seen: string[] = [];
    let path: string | undefined = `/v2/${repository}/tags/list?n=4`;
    while (path !== undefined) {
      const answer: Answer = await client.get(path);
      const { tags } = parsed(answer) as { tags: string[] };
      seen.push(...tags);
      path = nextPage(answer);
      if (path !== undefined) expect(tags).toHaveLength(4);
    }
    expect(seen).toEqual(TAGS);
  });

  check("D2: there is no Link when nothing is left", async () => {
    const { client } = target();
    const repository = await taggedRepository(target());
    for (const n of [TAGS.length, TAGS.length + 1]) {
      const answer = await client.get(`/v2/${repository}/tags/list?n=${n}`);
      expect(parsed(answer)).toMatchObject({ tags: TAGS });
      expect(answer.headers.link).toBeUndefined();
    }
  });

  check("D3: n=0 answers an empty list and no Link", async () => {
    const { client } = target();
    const repository = await taggedRepository(target());
    const answer = await client.get(`/v2/${repository}/tags/list?n=0`);
    expect(answer.status).toBe(200);
    expect(parsed(answer)).toEqual({ name: repository, tags: [] });
    expect(answer.headers.link).toBeUndefined();
  });

  for (const [last, n] of [
    ["1.0.1", undefined],
    ["1.0.1", 3],
    ["A0", undefined],
    ["a", 100],
    ["v", 1],
  ] as const) {
    const title = `last=${last}${n === undefined ? "" : `&n=${n}`}`;
    check(`D4: ${title} answers tags that come strictly after it`, async () => {
      const { client } = target();
      const repository = await taggedRepository(target());
      const query = { last, ...(n !== undefined && { n: String(n) }) };
      const answer = await client.get(withQuery(`/v2/${repository}/tags/list`, query));
      const after = TAGS.filter((tag) => tag > last);
      expect(parsed(answer)).toMatchObject({ tags: after.slice(0, n) });
    });
  }

  check("D4: after the last tag comes nothing", async () => {
    const { client } = target();
    const repository = await taggedRepository(target());
    for (const last of ["v10", "zzz"]) {
      const answer = await client.get(`/v2/${repository}/tags/list?last=${last}`);
      expect(parsed(answer)).toEqual({ name: repository, tags: [] });
    }
  });

  for (const n of ["-1", "x", "1.5", "99999999999", "99999999999999999999999"]) {
    check(`D5: n=${n} is refused with 400 or cut to the largest page`, async () => {
      const { client } = target();
      const repository = await taggedRepository(target());
      const answer = await client.get(`/v2/${repository}/tags/list?n=${n}`);
      if (answer.status === 200) expect(parsed(answer)).toMatchObject({ tags: TAGS });
      else expectRefusal(answer, { status: 400, code: "PAGINATION_NUMBER_INVALID" });
    });
  }

  check("D6: an unknown repository answers 404", async () => {
    const answer = await target().client.get(`/v2/${newRepository(target())}/tags/list`);
    expectRefusal(answer, { status: 404, code: "NAME_UNKNOWN" });
  });
}

async function taggedRepository(target: Target): Promise<string> {
  const { client, random } = target;
  const repository = newRepository(target);
  const image = randomImage(random, [100]);
  await client.push(repository, image.manifest.digest, image);
  for (const tag of [...TAGS].reverse()) {
    await client.pushManifest(repository, tag, image.manifest);
  }
  return repository;
}
