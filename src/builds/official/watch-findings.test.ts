import { expect, test } from "vitest";
import type { ScanFinding } from "../../contract/scans.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { findImage } from "./images-store.ts";
import { openProgramme } from "./official.fixture.ts";
import { rebuildImage } from "./rebuild-image.ts";
import { SUBMISSION_TOPIC } from "./submission-news.ts";
import { findRebuild } from "./submissions-store.ts";
import { type AttentionNews, FindingsWatch } from "./watch-findings.ts";

const DEFINITION = `Maintainers: Ann (@ann)
GitRepo: https://example.com/x.git
GitCommit: 7d0ee592e4ed60e2da9d59331e16ecdcadc1ed87

Tags: latest
`;

const finding = (id: string, change: Partial<ScanFinding> = {}) =>
  ({
    ...{ id, severity: "high", fixedVersion: "2", package: { name: "ssl", version: "1" } },
    ...change,
  }) as ScanFinding;

async function openWatched() {
  const hub = await openProgramme();
  const found: { findings: readonly ScanFinding[]; stamp: number; asked: number } = {
    ...{ findings: [], stamp: 0, asked: 0 },
  };
  const written: AttentionNews[] = [];
  const watch = new FindingsWatch({
    ...hub,
    writeToMaintainers: async (_, news) => void written.push(news),
    attentionFrom: "high",
    wantsFindings: () => true,
    findings: {
      findStamp: async () => String(found.stamp),
      async find() {
        found.asked += 1;
        return { repositoryId: 1 as RepositoryId, findings: found.findings };
      },
    },
  });
  const id = await hub.submit("ann", { definition: DEFINITION });
  await hub.ready(id);
  await hub.publish(id);
  return {
    ...{ hub, watch, found, id, written },
    async find(...findings: readonly ScanFinding[]) {
      found.findings = findings;
      found.stamp += 1;
      await watch.look({ all: false });
    },
    attention: async () =>
      ((await findImage(hub.database.reader, "hello"))?.attention ?? []).map((one) => one.id),
    told: async () => {
      const rows = await hub.database.reader
        .selectFrom("outbox")
        .select("payload")
        .where("topic", "!=", SUBMISSION_TOPIC)
        .execute();
      return rows.map(({ payload }) => JSON.parse(payload) as { findings: { id: string }[] });
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

test("what is found in a published image, bad enough and mended by a newer package, is told of once", async () => {
  await using library = await openWatched();
  const { hub, found, watch, attention, told } = library;
  await library.find(
    finding("CVE-1"),
    finding("CVE-2", { severity: "medium" }),
    finding("CVE-3", { fixedVersion: null }),
    finding("CVE-4", { severity: "critical" }),
  );
  expect(await attention()).toEqual(["CVE-1", "CVE-4"]);
  expect(hub.deeds.at(-1)).toMatchObject({
    ...{ action: "official.attention", name: "library/hello", by: { name: "berth" } },
    after: { findings: ["CVE-1", "CVE-4"] },
  });
  expect((await told()).map(({ findings }) => findings.map(({ id }) => id))).toEqual([
    ["CVE-1", "CVE-4"],
  ]);
  const written = () => library.written.map(({ findings }) => findings.map(({ id }) => id));
  expect(written()).toEqual([["CVE-1", "CVE-4"]]);
  expect(library.written[0]).toMatchObject({
    ...{ name: "hello", author: hub.idOf("ann"), maintainers: ["Ann (@ann)"] },
  });
  const { asked } = found;
  await watch.look({ all: false });
  expect(found.asked).toBe(asked);
  const deeds = hub.deeds.length;
  await watch.look({ all: true });
  expect([found.asked, hub.deeds.length]).toEqual([asked + 1, deeds]);

  // Only what is new is told of, and what is over goes without a word.
  await library.find(finding("CVE-4", { severity: "critical" }), finding("CVE-5"));
  expect(await attention()).toEqual(["CVE-4", "CVE-5"]);
  expect(hub.deeds.at(-1)).toMatchObject({ after: { findings: ["CVE-5"] } });
  const known = hub.deeds.length;
  await library.find();
  expect(await attention()).toEqual([]);
  expect(hub.deeds).toHaveLength(known);
  expect(await told()).toHaveLength(2);
  expect(written()).toEqual([["CVE-1", "CVE-4"], ["CVE-5"]]);
});

test("what is built anew of an image that needs it is checked first, and its publication begins with nothing", async () => {
  await using library = await openWatched();
  const { hub, id, attention } = library;
  await library.find(finding("CVE-1"));
  await hub.database.write(async (trx) => {
    const published = await hub.get(id);
    await rebuildImage({ ...hub, baseDelayMs: 0 }, trx, { published, bases: "debian@2" });
  });
  const again = await findRebuild(hub.database.reader, id);
  expect(again).toMatchObject({ isSecurity: true });
  if (again === undefined) throw new Error("it was not submitted anew");
  await hub.ready(again.id);
  await hub.publish(again.id);
  expect(await attention()).toEqual([]);
});
