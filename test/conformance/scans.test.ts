import { expect, test } from "vitest";
import { scanReport } from "../../src/contract/scans.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { buildImage, buildIndex } from "../harness/images.ts";
import { imageOf, isOver, NGINX, scansOf, startScanningHub } from "../harness/scanning-hub.ts";

test("what is pushed is scanned, new advisories are matched, and the hub says who has it", async () => {
  await using hub = await startScanningHub();
  await hub.importTracker(NGINX);
  const { body: known } = await hub.olaf("GET /api/v1/advisories");
  expect(known).toMatchObject({
    sources: [{ id: "debian-tracker", ageDays: expect.any(Number) }],
    ecosystems: [{ ecosystem: "Debian:12", listsOpen: true }],
    feeds: [],
  });
  const image = imageOf([
    ["bash", "5.2.15-2"],
    ["nginx", "1.22.1-9"],
  ]);
  await hub.client.push("acme/web", "1", image);
  const first = await hub.ask(
    scansOf("acme/web", "1"),
    ({ scans }) => scans[0].report?.findings.length === 1,
  );
  const report = scanReport.parse(first.scans[0].report);
  expect(report).toMatchObject({
    image: "acme/web:1",
    digest: image.manifest.digest,
    platform: "linux/amd64",
    distribution: { id: "debian", version: "12" },
    packages: 2,
    coverage: [{ ecosystem: "Debian:12", packages: 2, listsOpen: true }],
    summary: { high: 1 },
    conflicts: [],
  });
  expect(report.findings).toMatchObject([
    {
      id: "CVE-2023-44487",
      package: { type: "deb", name: "nginx", version: "1.22.1-9" },
      fixedVersion: "1.22.1-9+deb12u1",
      layer: 1,
    },
  ]);

  const bill = await hub.olaf("GET /api/v1/sboms/acme/web?reference=1");
  expect(bill.body).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
  expect(bill.body.components.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(["bash", "nginx"]),
  );
  const spdx = await hub.olaf("GET /api/v1/sboms/acme/web?reference=1&format=spdx");
  expect(spdx.body).toMatchObject({ spdxVersion: "SPDX-2.3" });

  await hub.importTracker({ ...NGINX, bash: { "CVE-2026-7": "5.2.15-3" } });
  const again = await hub.ask(
    scansOf("acme/web", "1"),
    ({ scans }) => scans[0].report.findings.length === 2,
  );
  expect(again.scans[0].report.findings).toMatchObject([
    { id: "CVE-2026-7", layer: 0 },
    { id: "CVE-2023-44487" },
  ]);

  const holders = await hub.olaf("GET /api/v1/findings?vulnerability=cve-2026-7");
  expect(holders.body.items).toMatchObject([
    { repository: "acme/web", digest: image.manifest.digest, tags: ["1"], version: "5.2.15-2" },
  ]);
  const older = await hub.olaf("GET /api/v1/packages?name=nginx&below=1.22.1-10");
  expect(older.body.items).toMatchObject([{ repository: "acme/web", version: "1.22.1-9" }]);
  const none = await hub.olaf("GET /api/v1/packages?name=nginx&below=1.22.1-9");
  expect(none.body.items).toEqual([]);

  await hub.client.push("acme/web", "2", imageOf([["nginx", "1.22.1-9+deb12u1"]]));
  await hub.ask(scansOf("acme/web", "2"), isOver);
  const compared = await hub.olaf("GET /api/v1/scan-comparisons/acme/web?from=1&to=2");
  expect(compared.body).toMatchObject({
    packages: {
      added: [],
      removed: [{ name: "bash" }],
      changed: [{ name: "nginx", from: ["1.22.1-9"], to: ["1.22.1-9+deb12u1"] }],
    },
    findings: { added: [], removed: [{ id: "CVE-2026-7" }, { id: "CVE-2023-44487" }] },
  });
  expect(hub.errors).toEqual([]);
});

test("what is in a private image is for those who may pull it", async () => {
  await using hub = await startScanningHub();
  await hub.importTracker(NGINX);
  await hub.client.push("acme/web", "1", imageOf([["nginx", "1.22.1-9"]]));
  await hub.ask(scansOf("acme/web", "1"), ({ scans }) => scans[0].report?.findings.length === 1);
  for (const path of [
    scansOf("acme/web", "1"),
    "/api/v1/scan-comparisons/acme/web?from=1&to=1",
    "/api/v1/sboms/acme/web?reference=1",
  ]) {
    expect((await hub.wanda(`GET ${path}`)).status).toBe(404);
    expect((await hub.anonymous(`GET ${path}`)).status).toBe(401);
  }
  expect((await hub.wanda("POST /api/v1/scans/acme/web", { reference: "1" })).status).toBe(404);
  for (const path of [
    "/api/v1/findings?vulnerability=CVE-2023-44487",
    "/api/v1/packages?name=nginx",
  ]) {
    expect((await hub.wanda(`GET ${path}`)).body.items).toEqual([]);
    expect((await hub.olaf(`GET ${path}`)).body.items).toHaveLength(1);
  }
});

test("each image of an index has a scan of its own; a chart has nothing to scan; a bomb fails alone", async () => {
  await using hub = await startScanningHub();
  const index = buildIndex([imageOf([["nginx", "1"]]), imageOf([["nginx", "2"]], { arm: true })]);
  await hub.client.push("acme/multi", "1", index);
  const chart = buildArtifact({ artifactType: "application/vnd.cncf.helm.config.v1+json" });
  await hub.client.push("acme/chart", "1", chart);
  const wrong = imageOf([["nginx", "1"]]);
  // Bytes that are a layer by name only.
  const torn = buildImage({
    layers: [Buffer.from("no archive at all, but long enough to be looked at")],
  });
  await hub.client.push("acme/torn", "1", torn);
  await hub.client.push("acme/good", "1", wrong);

  const { scans } = await hub.ask(scansOf("acme/multi", "1"), isOver);
  expect(scans).toMatchObject([
    { platform: "linux/amd64", state: "done" },
    { platform: "linux/arm64", state: "done" },
  ]);
  // Nothing is known, and that is said.
  expect(scans[0].report.coverage).toMatchObject([{ ecosystem: "Debian:12", advisories: 0 }]);
  expect((await hub.ask(scansOf("acme/chart", "1"), isOver)).scans).toMatchObject([
    { state: "nothing", reason: "it is not the image of a container" },
  ]);
  const failed = await hub.ask(scansOf("acme/torn", "1"), isOver);
  expect(failed.scans).toMatchObject([{ state: "failed", report: null }]);
  expect(failed.scans[0].reason).not.toBe("");
  expect((await hub.ask(scansOf("acme/good", "1"), isOver)).scans).toMatchObject([
    { state: "done" },
  ]);

  const renewed = await hub.olaf("POST /api/v1/scans/acme/multi", { reference: "1" });
  expect(renewed).toMatchObject({ status: 202, body: { digests: { length: 2 } } });
  await hub.ask(scansOf("acme/multi", "1"), isOver);
  expect(hub.errors).toEqual([]);
});
