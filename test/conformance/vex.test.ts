import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildArtifact } from "../harness/artifacts.ts";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { content, descriptor } from "../harness/images.ts";
import { startReceiver } from "../harness/receiver.ts";
import { imageOf, NGINX, type Scans, scansOf, startScanningHub } from "../harness/scanning-hub.ts";

const CVE = "CVE-2023-44487";
const DAY = 24 * 3_600_000;
const WAIT = { timeout: 20_000, interval: 50 };
const NOT_AFFECTED = {
  status: "not_affected",
  justification: "vulnerable_code_not_in_execute_path",
};

const reportIn = ({ scans }: Scans) => scans[0]?.report;
const idsOf = (findings: readonly { readonly id: string }[]) => findings.map(({ id }) => id);

test("a decision takes a finding away where it holds and as long as it holds, and everybody sees whose it is", async () => {
  const clock = { now: new Date() };
  await using receiver = await startReceiver();
  await using hub = await withTerminal(
    await startScanningHub({
      clock: () => clock.now,
      settings: { "outbound.allow": "127.0.0.0/8" },
    }),
  );
  await hub.importTracker(NGINX);
  await done(
    hub.root("POST /api/v1/webhooks", {
      ...{ label: "all", url: receiver.url, format: "json" },
      events: ["vulnerability"],
    }),
  );
  const image = imageOf([["nginx", "1.22.1-9"]]);
  const name = image.manifest.digest;
  for (const place of ["acme/web", "olaf/web"]) await hub.client.push(place, "1", image);
  const scans = async (place: string) =>
    reportIn(
      await hub.ask(
        scansOf(place, "1"),
        (body) => reportIn(body) !== undefined && reportIn(body) !== null,
      ),
    );
  await hub.ask(scansOf("acme/web", "1"), (body) => reportIn(body)?.findings.length === 1);

  // In words of the command, by who manages the repository.
  const olaf = { name: "olaf", password: SENTENCE };
  const words = ["vex", "add", "acme/web", CVE, "--status", "not_affected"];
  const more = ["--justification", NOT_AFFECTED.justification, "--for", "30d"];
  const typed = await hub.runAs(olaf, [...words, ...more, "--reason", "HTTP/2 is off"]);
  expect(typed.output).toContain(`${CVE} decided`);

  const here = await scans("acme/web");
  expect(here).toMatchObject({ findings: [], summary: { high: 0 } });
  expect(here.suppressed).toMatchObject([
    {
      id: CVE,
      vex: [{ ...NOT_AFFECTED, from: "decision", author: "olaf", scope: { kind: "repository" } }],
    },
  ]);
  expect(idsOf((await scans("olaf/web")).findings)).toEqual([CVE]);
  const shown = await hub.runAs(olaf, ["scan", "acme/web:1", "--suppressed"]);
  expect(shown.exitCode).toBe(0);
  expect(shown.output).toContain("Decided: not affected (vulnerable code not in execute path)");

  // The narrower word counts.
  const asked = { vulnerability: CVE, status: "affected", reason: "it is on here", reference: "1" };
  const made = await done(hub.olaf("POST /api/v1/vex/repositories/acme/web", asked));
  expect(made.body.items).toMatchObject([{ scope: { kind: "image", digest: name } }]);
  expect((await scans("acme/web")).findings[0].vex[0]).toMatchObject({ status: "affected" });
  const [{ id }] = made.body.items;
  expect((await hub.wanda(`DELETE /api/v1/vex/decisions/${id}`)).status).toBe(404);
  await done(hub.olaf(`DELETE /api/v1/vex/decisions/${id}`));
  expect((await scans("acme/web")).findings).toEqual([]);

  // An expired decision counts no more, and the finding comes back with an event.
  const told = () => receiver.bodies().length;
  expect(told()).toBe(0);
  clock.now = new Date(clock.now.getTime() + 31 * DAY);
  expect(idsOf((await scans("acme/web")).findings)).toEqual([CVE]);
  await expect.poll(told, WAIT).toBe(1);
  expect(JSON.stringify(receiver.bodies()[0])).toContain(CVE);
  const over = await hub.olaf("GET /api/v1/vex/repositories/acme/web?all=true");
  expect(over.body.items.map(({ state }: { state: string }) => state).sort()).toEqual([
    "expired",
    "revoked",
  ]);
  const trail = await hub.root("GET /api/v1/audit?limit=100");
  expect(JSON.stringify(trail.body)).toContain("vex.decision.add");
  expect(hub.errors).toEqual([]);
}, 60_000);

test("documents come in and go out; what is pushed beside an image is a claim and no decision", async () => {
  await using hub = await withTerminal(await startScanningHub());
  await hub.importTracker({ ...NGINX, bash: { "CVE-2026-7": "5.2.15-3" } });
  const image = imageOf([["nginx", "1.22.1-9"]]);
  await hub.client.push("acme/web", "1", image);
  await hub.ask(scansOf("acme/web", "1"), (body) => reportIn(body)?.findings.length === 1);
  const olaf = { name: "olaf", password: SENTENCE };

  const claim = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    author: "the makers",
    statements: [{ vulnerability: { name: CVE }, products: [], ...NOT_AFFECTED }],
  };
  const document = content("application/vnd.openvex+json", Buffer.from(JSON.stringify(claim)));
  const artifact = buildArtifact({
    artifactType: document.mediaType,
    layers: [document],
    subject: descriptor(image.manifest),
  });
  await hub.client.push("acme/web", artifact.manifest.digest, artifact);
  const claimed = await hub.ask(
    scansOf("acme/web", "1"),
    (body) => reportIn(body)?.findings[0]?.vex !== undefined,
  );
  expect(reportIn(claimed).findings[0].vex).toEqual([
    expect.objectContaining({
      ...{ ...NOT_AFFECTED, from: "claim", author: "the makers", pushedBy: "olaf" },
      document: artifact.manifest.digest,
    }),
  ]);
  const gone = await hub.client.send(
    "DELETE",
    `/v2/acme/web/manifests/${artifact.manifest.digest}`,
  );
  expect(gone.status).toBe(202);
  await hub.ask(scansOf("acme/web", "1"), (body) => reportIn(body).findings[0].vex === undefined);

  const path = join(hub.dataDirectory, "claim.json");
  await writeFile(path, JSON.stringify(claim));
  expect(await hub.typeAs(olaf, `vex import acme ${path} --reason makers`)).toBe("1 decided");
  const away = await hub.ask(
    scansOf("acme/web", "1"),
    (body) => reportIn(body).findings.length === 0,
  );
  expect(reportIn(away).suppressed[0].vex[0]).toMatchObject({ scope: { kind: "namespace" } });

  for (const format of ["openvex", "cyclonedx"]) {
    const written = await hub.typeAs(olaf, `vex export acme/web:1 --format ${format}`);
    expect(written).toContain(CVE);
    await writeFile(path, written);
    await hub.client.push("olaf/other", "1", image);
    expect(await hub.typeAs(olaf, `vex import olaf/other ${path}`)).toBe("1 decided");
  }
  const imported = await hub.olaf("GET /api/v1/vex/repositories/olaf/other");
  // The document names the image by its digest.
  expect(imported.body.items[0]).toMatchObject({
    ...{ ...NOT_AFFECTED, vulnerability: CVE, author: "olaf" },
    scope: { kind: "image", name: "olaf/other", digest: image.manifest.digest },
  });
  await writeFile(path, "{}");
  expect(await hub.typeAs(olaf, `vex import acme ${path}`)).toContain(
    "neither OpenVEX nor CycloneDX",
  );
  const [, id = ""] = /^(\S+)\s+CVE-2023/m.exec(await hub.typeAs(olaf, "vex list acme")) ?? [];
  expect(await hub.typeAs(olaf, `vex revoke ${id}`)).toBe("taken back");
  await hub.ask(scansOf("acme/web", "1"), (body) => reportIn(body).findings.length === 1);
  expect(hub.errors).toEqual([]);
}, 60_000);
