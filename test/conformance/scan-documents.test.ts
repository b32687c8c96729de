import { expect, test } from "vitest";
import { buildArtifact } from "../harness/artifacts.ts";
import { done } from "../harness/hub-api.ts";
import { content, descriptor, json, OCI_INDEX } from "../harness/images.ts";
import { startReceiver } from "../harness/receiver.ts";
import {
  imageOf,
  isOver,
  NGINX,
  type Scans,
  scansOf,
  startScanningHub,
} from "../harness/scanning-hub.ts";

const CVE = "CVE-2023-44487";
const WAIT = { timeout: 30_000, interval: 100 };

/** As BuildKit writes it with `--provenance mode=max`: SLSA 0.2, and 1 as newer ones do. */
function provenance(form: "0.2" | "1", dockerfile: string) {
  const infos = [
    {
      filename: "build/Dockerfile",
      language: "Dockerfile",
      data: Buffer.from(dockerfile).toString("base64"),
    },
    { filename: "bake.hcl", language: "HCL", data: "Zm9v" },
  ];
  const source = { locations: {}, infos };
  const predicate =
    form === "1"
      ? { buildDefinition: {}, runDetails: { metadata: { buildkit_metadata: { source } } } }
      : { metadata: { "https://mobyproject.org/buildkit@v1#metadata": { vcs: {}, source } } };
  return {
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: `https://slsa.dev/provenance/v${form}`,
    predicate,
  };
}

test("what lies beside images: Dockerfiles are looked at, bills are attached, and what was decided is marked wherever it is found", async () => {
  await using receiver = await startReceiver();
  await using hub = await startScanningHub({
    settings: { "scanning.attachSboms": "cyclonedx", "outbound.allow": "127.0.0.0/8" },
  });
  await hub.importTracker(NGINX);
  const hook = { label: "all", url: receiver.url, format: "json", events: ["vulnerability"] };
  await done(hub.root("POST /api/v1/webhooks", hook));
  const image = imageOf([["nginx", "1.22.1-9"]]);
  const subject = image.manifest.digest;
  await hub.client.push("acme/web", subject, image);
  const index = await pushWithProvenance(hub.client, [
    provenance("0.2", "FROM debian\nRUN apt-get update\nADD https://example.com/x /x\n"),
    provenance("1", "FROM debian:12 AS one\nRUN sudo true\n"),
    { predicateType: "https://slsa.dev/provenance/v1", predicate: { runDetails: 7 } },
  ]);
  expect(index.statusCode ?? 201).toBe(201);

  const { scans } = await hub.ask(scansOf("acme/web", "1"), isOver);
  expect(scans[0].report.flaws).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ id: "base-is-latest", path: "build/Dockerfile", line: 1 }),
      expect.objectContaining({ path: "build/Dockerfile", line: 2, instruction: "RUN sudo true" }),
    ]),
  );

  // Attached by itself, once, and it is no bill that somebody else brought.
  const referrers = async () => {
    const { body } = await hub.client.send("GET", `/v2/acme/web/referrers/${subject}`);
    return JSON.parse(body.toString()).manifests as { artifactType: string; digest: string }[];
  };
  await expect.poll(async () => (await referrers()).length, WAIT).toBe(1);
  expect(await referrers()).toMatchObject([{ artifactType: "application/vnd.cyclonedx+json" }]);
  const asked = { reference: subject, format: "cyclonedx" };
  const [attached] = await referrers();
  const again = await done(hub.olaf("POST /api/v1/sboms/acme/web", asked));
  expect(again.body.digest).toBe(attached?.digest);

  // Of more images than are told of at once.
  const places = Array.from({ length: 30 }, (_, number) => `acme/copy-${number}`);
  for (const place of places) await hub.client.push(place, "1", image);
  const find = async () =>
    (await done(hub.olaf(`GET /api/v1/findings?vulnerability=${CVE}&limit=200`))).body.items;
  await expect.poll(async () => (await find()).length, WAIT).toBe(31);
  const decided = { vulnerability: CVE, status: "not_affected", reason: "HTTP/2 is off" };
  const made = await done(
    hub.olaf("POST /api/v1/vex/namespaces/acme", {
      ...decided,
      justification: "vulnerable_code_not_in_execute_path",
    }),
  );
  const isMarked = (items: Scans) => items.filter((one: Scans) => one.isInForce === false).length;
  expect(isMarked(await find())).toBe(31);
  const [{ id }] = made.body.items;
  await done(hub.olaf(`DELETE /api/v1/vex/decisions/${id}`));
  expect(isMarked(await find())).toBe(0);
  await expect.poll(() => new Set(receiver.bodies().map(repositoryOf)).size, WAIT).toBe(31);
  expect(receiver.bodies()).toHaveLength(31);
  expect(hub.errors).toEqual([]);

  async function pushWithProvenance(client: typeof hub.client, statements: readonly object[]) {
    const layers = statements.map((one) =>
      content("application/vnd.in-toto+json", Buffer.from(JSON.stringify(one))),
    );
    const attestation = buildArtifact({ artifactType: "application/vnd.in-toto+json", layers });
    await client.push("acme/web", attestation.manifest.digest, attestation);
    const listed = json(OCI_INDEX, {
      ...{ schemaVersion: 2, mediaType: OCI_INDEX },
      manifests: [
        { ...descriptor(image.manifest), platform: { os: "linux", architecture: "amd64" } },
        {
          ...descriptor(attestation.manifest),
          platform: { os: "unknown", architecture: "unknown" },
          annotations: {
            "vnd.docker.reference.digest": subject,
            "vnd.docker.reference.type": "attestation-manifest",
          },
        },
      ],
    });
    const headers = { "content-type": OCI_INDEX };
    const sent = await client.send("PUT", "/v2/acme/web/manifests/1", {
      headers,
      body: listed.bytes,
    });
    return { statusCode: sent.status };
  }
}, 120_000);

// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever was sent
function repositoryOf(body: any): string {
  return JSON.stringify(body).match(/acme\/[\w-]+/)?.[0] ?? "";
}
