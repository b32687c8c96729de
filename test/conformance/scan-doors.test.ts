import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openSqliteDatabase } from "../../src/platform/db/index.ts";
import { armFailPoints } from "../../src/platform/fail-point.ts";
import type { RegistryTables } from "../../src/registry/index.ts";
import type { ScanningTables } from "../../src/scanning/index.ts";
import { Housekeeping } from "../../src/scanning/scans/housekeeping.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildImage, content, descriptor } from "../harness/images.ts";
import {
  BOOKWORM,
  imageOf,
  installed,
  NGINX,
  type Scans,
  scansOf,
  startScanningHub,
} from "../harness/scanning-hub.ts";
import { writeTar } from "../harness/tar.ts";

const CVE = "CVE-2023-44487";
const OLAF = { name: "olaf", password: SENTENCE };
const WANDA = { name: "wanda", password: SENTENCE };
const WAIT = { timeout: 20_000, interval: 100 };

test("what a hub knows of its images is had in every form, and with the image they were built on", async () => {
  await using hub = await withTerminal(await startScanningHub());
  await hub.importTracker({ ...NGINX, bash: { "CVE-2026-7": "5.2.15-3" } });
  const bottom = writeTar([BOOKWORM, installed(["bash", "5.2.15-2"])]);
  const base = buildImage({ layers: [bottom] });
  const top = writeTar([installed(["bash", "5.2.15-2"], ["nginx", "1.22.1-9"])]);
  await hub.client.push("olaf/base", "12", base);
  await hub.client.push("acme/web", "1", buildImage({ layers: [bottom, top] }));
  const isThere = ({ scans: [first] }: Scans) =>
    first.report?.findings.length === 2 && first.report.baseImage !== null;
  const { scans } = await hub.ask(scansOf("acme/web", "1"), isThere);
  expect(scans[0].report).toMatchObject({
    baseImage: { name: "olaf/base:12", digest: base.manifest.digest, layers: 1 },
    findings: [{ id: "CVE-2026-7", inBase: true }, { id: CVE }],
  });
  expect(scans[0].report.findings[1].inBase).toBeUndefined();

  const text = await hub.typeAs(OLAF, "scan acme/web:1");
  expect(text).toContain("Base image:   olaf/base:12");
  expect(text).toContain("Upgrade to 5.2.15-3 (in the base image)");
  const csv = (await hub.typeAs(OLAF, "scan acme/web:1 --format csv")).split("\n");
  expect(csv).toHaveLength(3);
  expect(csv[1]).toMatch(/^acme\/web:1,sha256:\w+,linux\/amd64,CVE-/);
  const bill = JSON.parse(await hub.typeAs(OLAF, "scan acme/web:1 --format cyclonedx"));
  const nginx = bill.components.find(({ name }: { name: string }) => name === "nginx");
  expect(bill.vulnerabilities).toMatchObject([{ id: "CVE-2026-7" }, { id: CVE }]);
  expect(bill.vulnerabilities[1].affects).toEqual([{ ref: nginx["bom-ref"] }]);
  for (const format of ["spdx", "spdx3"])
    expect(await hub.typeAs(OLAF, `scan acme/web:1 --format ${format}`)).toContain("nginx");
  const listed = await hub.typeAs(OLAF, "sbom acme/web:1");
  expect(listed).toMatch(/^TYPE {2}NAME {3}VERSION/);
  expect(listed).toMatch(/^deb {3}nginx {2}1\.22\.1-9 {2}var\/lib\/dpkg\/status$/m);
  expect(await hub.typeAs(OLAF, "sbom acme/web:1 --format spdx")).toContain("SPDX-2.3");

  const exported = (await hub.olaf("GET /api/v1/finding-exports?namespace=acme")).body as string;
  expect(exported.trim().split("\r\n")).toHaveLength(3);
  const whole = await hub.olaf("GET /api/v1/finding-exports?format=sarif");
  expect(whole.body).toMatchObject({
    version: "2.1.0",
    runs: [{ results: [{ ruleId: "CVE-2026-7" }] }, { results: [{}, {}] }],
  });
  const one = await hub.olaf(
    `GET /api/v1/finding-exports?repository=acme/web&vulnerability=${CVE}`,
  );
  expect((one.body as string).trim().split("\r\n")).toHaveLength(2);
  const none = await hub.wanda("GET /api/v1/finding-exports?format=sarif");
  expect(none.body).toMatchObject({ runs: [] });

  // Whoever may not pull the base does not learn its name.
  await hub.olaf("PUT /api/v1/organizations/acme/members/wanda", { role: "owner" });
  const seen = await hub.wanda(`GET ${scansOf("acme/web", "1")}`);
  expect(seen.body.scans[0].report).toMatchObject({ baseImage: null, findings: [{}, {}] });
  expect(await hub.typeAs(WANDA, "scan acme/web:1")).not.toContain("Base image");
  expect(hub.errors).toEqual([]);
}, 60_000);

test("bills and decisions are attached to an image, and those that came with it are compared with the hub's", async () => {
  await using hub = await withTerminal(await startScanningHub());
  await hub.importTracker(NGINX);
  const image = imageOf([["nginx", "1.22.1-9"]]);
  const subject = image.manifest.digest;
  await hub.client.push("acme/web", "1", image);
  await hub.ask(scansOf("acme/web", "1"), ({ scans }) => scans[0].report?.findings.length === 1);
  expect(await hub.typeAs(OLAF, "sbom acme/web:1 --compare")).toBe(
    "no bill of materials came with it",
  );
  for (const format of ["cyclonedx", "spdx"]) {
    const typed = await hub.typeAs(OLAF, `sbom acme/web:1 --attach --format ${format}`);
    expect(typed).toMatch(/^attached sha256:/);
    // The same scan gives the same document.
    expect(await hub.typeAs(OLAF, `sbom acme/web:1 --attach --format ${format}`)).toBe(typed);
  }
  const reason = { status: "affected", reason: "we are on it", vulnerability: CVE };
  await done(hub.olaf("POST /api/v1/vex/repositories/acme/web", reason));
  expect(await hub.typeAs(OLAF, "vex export acme/web:1 --attach")).toMatch(/^attached sha256:/);
  const { body } = await hub.olaf(`GET /v2/acme/web/referrers/${subject}`);
  expect(body.manifests.map((one: { artifactType: string }) => one.artifactType).sort()).toEqual([
    "application/spdx+json",
    "application/vnd.cyclonedx+json",
    "application/vnd.openvex+json",
  ]);
  expect((await hub.wanda("POST /api/v1/sboms/acme/web", { reference: "1" })).status).toBe(404);

  const spdx = {
    spdxVersion: "SPDX-2.3",
    creationInfo: { creators: ["Tool: syft-1.0"] },
    packages: ["pkg:deb/debian/nginx@1.22.1-9?arch=amd64", "pkg:npm/%40acme/gone@1.0.0"].map(
      (referenceLocator) => ({ externalRefs: [{ referenceType: "purl", referenceLocator }] }),
    ),
  };
  const document = content("application/spdx+json", Buffer.from(JSON.stringify(spdx)));
  const artifact = buildArtifact({
    artifactType: document.mediaType,
    layers: [document],
    subject: descriptor(image.manifest),
  });
  await hub.client.push("acme/web", artifact.manifest.digest, artifact);
  const compared = await hub.olaf("GET /api/v1/sbom-comparisons/acme/web?reference=1");
  expect(compared.body).toMatchObject({
    digest: subject,
    packages: 1,
    sboms: [
      {
        ...{ digest: artifact.manifest.digest, from: "referrer", format: "spdx", tool: "syft-1.0" },
        ...{ packages: 2, onlyHere: [] },
        onlyThere: [{ type: "npm", name: "@acme/gone", version: "1.0.0" }],
      },
    ],
  });
  expect(await hub.typeAs(OLAF, "sbom acme/web:1 --compare")).toContain("- npm @acme/gone 1.0.0");
  // The hub's own documents are no claims of anybody's.
  const { scans } = await hub.ask(scansOf("acme/web", "1"), () => true);
  expect(scans[0].report.findings[0].vex).toMatchObject([{ from: "decision" }]);
  expect(hub.errors).toEqual([]);
}, 60_000);

test("a Dockerfile is looked at alone, and its flaws decide about the exit code", async () => {
  await using hub = await withTerminal(await startScanningHub());
  const directory = join(hub.dataDirectory, "context");
  await mkdir(directory);
  const path = join(directory, "Dockerfile");
  await writeFile(path, "FROM debian:latest\nENV API_KEY=abc\nEXPOSE 22\n");
  const bad = await hub.runAs(OLAF, ["scan", "--dockerfile", path]);
  expect(bad.exitCode).toBe(1);
  expect(bad.output).toContain(`Where: ${path}:3`);
  const calm = await hub.runAs(OLAF, ["scan", "--dockerfile", path, "--fail-on", "critical"]);
  const json = await hub.runAs(OLAF, ["scan", "--dockerfile", path, "--format", "json"]);
  const { flaws } = JSON.parse(json.output);
  expect(flaws.map(({ id }: { id: string }) => id)).toContain("ssh-port-exposed");
  const hasCritical = flaws.some(({ severity }: { severity: string }) => severity === "critical");
  expect(calm.exitCode).toBe(hasCritical ? 1 : 0);
  const absent = await hub.runAs(OLAF, ["scan", "--dockerfile", `${path}.absent`]);
  expect(absent).toMatchObject({ exitCode: 2 });
});

/** What the hub does each hour, now, on the database of one that runs. */
async function openHousekeeping(directory: string, clock: () => Date) {
  const path = join(directory, "berth.db");
  const database = await openSqliteDatabase<ScanningTables & RegistryTables>({ path });
  const rescanAfterMs = 7 * 24 * 3_600_000;
  const housekeeping = new Housekeeping({ database, rescanAfterMs, clock });
  const { signal } = new AbortController();
  return {
    renewOld: () => housekeeping.renewOld(signal),
    forgetGone: () => housekeeping.forgetGone(signal),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

test("a scan that finds the disk full is tried again; so is what was not scanned for long; and what no image has is forgotten", async () => {
  const clock = { now: new Date("2026-11-28T12:00:00Z") };
  await using hub = await startScanningHub({ clock: () => clock.now });
  const image = imageOf([["nginx", "1.22.1-9"]]);
  armFailPoints("scan.before-commit:enospc");
  try {
    await hub.client.push("acme/web", "1", image);
    const put = await hub.ask(scansOf("acme/web", "1"), ({ scans }) => scans[0].reason !== null);
    expect(put.scans[0]).toMatchObject({ state: "waiting", report: null });
    expect(put.scans[0].reason).toMatch(/^the hub's disk is full: .* tried again every minute$/);
  } finally {
    armFailPoints(undefined);
  }
  clock.now = new Date(clock.now.getTime() + 61_000);
  const first = await hub.ask(scansOf("acme/web", "1"), ({ scans }) => scans[0].report !== null);
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
  const count = (table: string) =>
    Number(database.prepare(`select count(*) as rows from ${table}`).get()?.rows);
  expect([count("layer_reports"), count("scanned_layers")]).toEqual([2, 2]);
  clock.now = new Date(clock.now.getTime() + 8 * 24 * 3_600_000);
  await using housekeeping = await openHousekeeping(hub.dataDirectory, () => clock.now);
  await housekeeping.renewOld();
  const again = await hub.ask(
    scansOf("acme/web", "1"),
    ({ scans }) => scans[0].report.scannedAt > first.scans[0].report.scannedAt,
  );
  expect(again.scans[0].report.scannedAt).toBe(clock.now.toISOString());

  await hub.client.send("DELETE", `/v2/acme/web/manifests/${image.manifest.digest}`);
  clock.now = new Date(clock.now.getTime() + 2 * 3_600_000);
  await housekeeping.forgetGone();
  await expect
    .poll(() => ["scans", "layer_reports", "scanned_layers", "packages"].map(count), WAIT)
    .toEqual([0, 0, 0, 0]);
  expect(hub.errors.every((line) => line.includes("the disk is full"))).toBe(true);
}, 60_000);
