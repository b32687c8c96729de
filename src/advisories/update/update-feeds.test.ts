import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { request } from "undici";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { importFeeds, remarksOn } from "../import-feeds.ts";
import { findIndex } from "../index-builder.ts";
import type { OpenUrl } from "./download.ts";
import { readFeedStates } from "./feed-state.ts";
import { type FeedSource, updateFeeds } from "./update-feeds.ts";

const NOW = new Date("2026-11-28T00:00:00Z");

function list(day: string, fixed = "1.0-2"): string {
  const lines = Array.from(
    { length: 3_000 },
    (_, at) =>
      `[${day}] DSA-${at + 1}-1 p${at} - security update\n\t[bullseye] - p${at} ${fixed}\n`,
  );
  return lines.join("");
}

interface Served {
  content: string;
  etag: string;
  modified?: string;
  /** Sends so many bytes at first, and ends the connection once some of them have arrived. */
  cutAfter?: number;
  cut?: () => void;
  checksum?: string;
}

function send(served: Served, headers: IncomingMessage["headers"], response: ServerResponse): void {
  const { etag, modified, content, cutAfter } = served;
  const isResumed = headers["if-range"] === etag;
  const from = isResumed ? Number(/\d+/.exec(headers.range ?? "")?.[0] ?? 0) : 0;
  const rest = Buffer.from(content).subarray(from);
  const length = Buffer.byteLength(content);
  const part = isResumed ? `bytes ${from}-${length - 1}/${length}` : undefined;
  response.writeHead(isResumed ? 206 : 200, {
    ...omitUndefined({ etag, "last-modified": modified, "content-range": part }),
    "content-length": rest.length,
  });
  if (cutAfter === undefined) {
    response.end(rest);
    return;
  }
  delete served.cutAfter;
  response.write(rest.subarray(0, cutAfter));
  served.cut = () => response.destroy();
}

/** A publisher, and what it was asked. */
async function startPublisher(served: Served) {
  const asked: { url: string; range?: string; ifNoneMatch?: string }[] = [];
  const serve = ({ url = "", headers }: IncomingMessage, response: ServerResponse) => {
    const { range, "if-none-match": ifNoneMatch } = headers;
    asked.push(omitUndefined({ url, range, ifNoneMatch }));
    if (url === "/moved") response.writeHead(302, { location: "/list" }).end();
    else if (url === "/list.sha256") response.end(served.checksum);
    else if (ifNoneMatch === served.etag) response.writeHead(304, { etag: served.etag }).end();
    else send(served, headers, response);
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const openUrl: OpenUrl = async ({ url, headers, signal }) => {
  const { statusCode: status, headers: said, body } = await request(url, { headers, signal });
  return { status, headers: said, body };
};

async function startUpdating(served: Served, feed: { url?: string; checksum?: string } = {}) {
  const publisher = await startPublisher(served);
  const temporary = await makeTempDirectory("update");
  const directory = join(temporary.path, "advisories");
  const at = (path: string) => new URL(path, publisher.url).href;
  const source: FeedSource = {
    name: "debian-dsa",
    url: at(feed.url ?? "/list"),
    checksum: feed.checksum === undefined ? undefined : at(feed.checksum),
  };
  return {
    publisher,
    directory,
    update: (limits: { maxBytes?: number; timeoutMs?: number; mirror?: string } = {}) =>
      updateFeeds({
        ...{ directory, feeds: [source], maxBytes: 10_000_000, timeoutMs: 20_000, ...limits },
        open: openUrl,
        bringIn: async (path, format) =>
          remarksOn(await importFeeds({ directory, path, format, clock: () => NOW })),
        clock: () => NOW,
        signal: new AbortController().signal,
        onProgress: () => served.cut?.(),
      }),
    fixes: (name: string) => {
      using index = findIndex(directory);
      return index?.listAffected("Debian:11", name).flatMap(({ affected }) => affected);
    },
    state: async () => (await readFeedStates(directory))["debian-dsa"],
    async [Symbol.asyncDispose]() {
      await publisher[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

const DAY = "Mon, 02 Oct 2023 10:00:00 GMT";

test("a feed is fetched once, and asked for by its tag until there is another", async () => {
  const served: Served = { content: list("29 Mar 2023"), etag: '"one"', modified: DAY };
  await using started = await startUpdating(served);
  expect(await started.update()).toEqual([{ name: "debian-dsa", outcome: "imported" }]);
  expect(started.fixes("p7")).toEqual(["(,1.0-2)"]);
  expect(await started.update()).toEqual([{ name: "debian-dsa", outcome: "unchanged" }]);
  expect(started.publisher.asked.at(-1)?.ifNoneMatch).toBe('"one"');
  Object.assign(served, { content: list("30 Mar 2023", "1.0-3"), etag: '"two"' });
  expect(await started.update()).toEqual([{ name: "debian-dsa", outcome: "imported" }]);
  expect(started.fixes("p7")).toEqual(["(,1.0-3)"]);
  expect(await started.state()).toMatchObject({ etag: '"two"', checkedAt: NOW.toISOString() });
  // Nothing is left of what was fetched.
  expect(readdirSync(join(started.directory, "fetched"))).toEqual([]);
});

test.each(["lost", "damaged"])("an index that is %s is made anew of all feeds", async (how) => {
  const content = list("29 Mar 2023");
  const checksum = createHash("sha256").update(content).digest("hex");
  const served: Served = { content, etag: '"one"', modified: DAY, checksum };
  await using started = await startUpdating(served, { checksum: "/list.sha256" });
  expect(await started.update()).toMatchObject([{ outcome: "imported" }]);
  expect(await started.update()).toMatchObject([{ outcome: "unchanged" }]);
  const index = join(started.directory, "index.adv");
  if (how === "lost") rmSync(index);
  else writeFileSync(index, "none");
  const [outcome] = await started.update();
  expect(outcome).toMatchObject({ outcome: "imported" });
  const remarks = how === "lost" ? undefined : [expect.stringMatching(/import its feeds again/)];
  expect(outcome?.remarks).toEqual(remarks);
  expect(started.fixes("p7")).toEqual(["(,1.0-2)"]);
});

test("an import into a lost index has the feeds that were fetched before fetched anew", async () => {
  await using started = await startUpdating({ content: list("29 Mar 2023"), etag: '"one"' });
  await started.update();
  const { directory } = started;
  rmSync(join(directory, "index.adv"));
  const path = join(directory, "by-hand");
  writeFileSync(path, list("28 Mar 2023"));
  await importFeeds({ directory, path, clock: () => NOW });
  expect(await started.update()).toMatchObject([{ outcome: "imported" }]);
});

test("a download that was cut off goes on where it ended", async () => {
  const content = list("29 Mar 2023");
  await using started = await startUpdating({ content, etag: '"one"', cutAfter: 100_000 });
  expect(await started.update()).toEqual([{ name: "debian-dsa", outcome: "imported" }]);
  expect(started.publisher.asked.map(({ range }) => range)).toEqual([
    undefined,
    expect.stringMatching(/^bytes=[1-9]\d*-$/),
  ]);
  expect(started.fixes("p2999")).toEqual(["(,1.0-2)"]);
});

test("what is not what its publisher says, too large, older or absurd leaves the old in force", async () => {
  const good = list("29 Mar 2023");
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const served: Served = { content: good, etag: '"1"', modified: DAY, checksum: hash(good) };
  await using started = await startUpdating(served, { checksum: "/list.sha256" });
  const { update } = started;
  expect(await update()).toMatchObject([{ outcome: "imported" }]);
  const refused = async (change: Partial<Served>, reason: RegExp, limits = {}) => {
    Object.assign(served, change);
    const [outcome] = await update(limits);
    expect(outcome?.reason).toMatch(reason);
    expect(outcome?.outcome).toBe("failed");
    expect(started.fixes("p7")).toEqual(["(,1.0-2)"]);
    expect((await started.state())?.failure).toMatch(reason);
    expect((await started.state())?.etag).toBe('"1"');
  };
  const newer = list("30 Mar 2023", "1.0-9");
  await refused(
    { content: newer, etag: '"2"', checksum: `${hash("other")}  list\n` },
    /its publisher says/,
  );
  const right = { content: newer, checksum: `${hash(newer)}  list\n` };
  await refused({ ...right, etag: '"3"' }, /larger than 1000 bytes/, { maxBytes: 1000 });
  await refused(
    { ...right, modified: "Mon, 03 Oct 2022 10:00:00 GMT", etag: '"4"' },
    /in force of/,
  );
  const older = list("01 Mar 2022", "1.0-9");
  await refused(
    { content: older, checksum: hash(older), modified: DAY, etag: '"5"' },
    /is of 2022-03-01/,
  );
  const less = good.slice(0, good.indexOf("[29 Mar 2023] DSA-100-1"));
  await refused({ content: less, checksum: hash(less), etag: '"6"' }, /far less/);
  await refused({ content: "{}", checksum: hash("{}"), etag: '"7"' }, /no format that is known/);
  // And the next good one is taken.
  Object.assign(served, { ...right, etag: '"8"' });
  expect(await update()).toMatchObject([{ outcome: "imported" }]);
  expect(started.fixes("p7")).toEqual(["(,1.0-9)"]);
});

test("redirects are followed, and a mirror has each feed below the name of its host", async () => {
  const served: Served = { content: list("29 Mar 2023"), etag: '"one"' };
  await using started = await startUpdating(served, { url: "https://example.org/a/list" });
  const mirror = `${started.publisher.url}/mirror/`;
  expect(await started.update({ mirror })).toMatchObject([{ outcome: "imported" }]);
  expect(started.publisher.asked[0]?.url).toBe("/mirror/example.org/a/list");
  await using moved = await startUpdating(served, { url: "/moved" });
  expect(await moved.update()).toMatchObject([{ outcome: "imported" }]);
  expect(moved.publisher.asked.map((one) => one.url)).toEqual(["/moved", "/list"]);
});

test("a publisher that is not there is named with its reason, and no index is made", async () => {
  const served: Served = { content: list("29 Mar 2023"), etag: '"one"' };
  await using started = await startUpdating(served, { url: "http://127.0.0.1:9/list" });
  expect(await started.update()).toMatchObject([
    { outcome: "failed", reason: expect.stringMatching(/./) },
  ]);
  expect(started.fixes("p7")).toBeUndefined();
});
