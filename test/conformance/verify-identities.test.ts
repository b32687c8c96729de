import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUNDLE_TYPE } from "../../src/signing/index.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { type Content, content, descriptor, OCI_INDEX, OCI_MANIFEST } from "../harness/images.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { NAME, ours, type PolicyHub, READER, startPolicyHub } from "./policy-hub.ts";

/** Of sigstore-conformance, frozen beside the repository: signed by a workflow of GitHub, proved by the public sigstore. */
const VECTORS = join(import.meta.dirname, "../../../shared/data/vectors/signing/sigstore");
const ISSUER = "https://token.actions.githubusercontent.com";
const SUBJECT =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";

let hub: PolicyHub;
beforeAll(async () => {
  hub = await startPolicyHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

/** What was signed stands in the place of an image: only its digest is looked at. */
async function writeLayout(directory: string): Promise<void> {
  const signed = content(OCI_MANIFEST, readFileSync(join(VECTORS, "a.txt")));
  const bundle = readFileSync(join(VECTORS, "happy-path-v0.3/bundle.sigstore.json"));
  const companion = buildArtifact({
    artifactType: BUNDLE_TYPE,
    subject: descriptor(signed),
    layers: [content(BUNDLE_TYPE, bundle)],
  });
  const list = (one: Content, name: string) => ({
    ...descriptor(one),
    annotations: { "org.opencontainers.image.ref.name": name },
  });
  await mkdir(join(directory, "blobs/sha256"), { recursive: true });
  for (const { bytes } of [signed, companion.manifest, companion.config, ...companion.layers]) {
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(directory, "blobs/sha256", hex), bytes);
  }
  const manifests = [
    list(signed, "1.0"),
    { ...descriptor(companion.manifest), artifactType: BUNDLE_TYPE },
  ];
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  await writeFile(join(directory, "index.json"), JSON.stringify(index));
}

test.skipIf(!existsSync(VECTORS))(
  "berth verify proves an identity without a network, and takes nobody else (skipped without ../shared/data/vectors/signing)",
  async () => {
    await using directory = await makeTempDirectory("identities");
    await writeLayout(directory.path);
    const verify = (identity: string, issuer: string) =>
      hub.runAs(READER, [
        ...["verify", "acme/api:1.0", "--layout", directory.path],
        ...["--identity", identity, "--issuer", issuer],
      ]);
    const good = await verify(SUBJECT, ISSUER);
    expect(good.output).toContain(`signed by ${SUBJECT} (${ISSUER})`);
    expect(good.exitCode).toBe(0);
    const some = "https://github.com/sigstore-conformance/*";
    expect((await verify(some, ISSUER)).exitCode).toBe(0);
    for (const [identity, issuer] of [
      ["https://github.com/somebody/else", ISSUER],
      [SUBJECT, "https://issuer.example"],
    ] as const) {
      const other = await verify(identity, issuer);
      expect(other.output).toContain("who was not asked for");
      expect(other.exitCode).toBe(1);
    }
  },
);

/** As the worker leaves a signature that the public sigstore proved. */
function prove(digest: string, subject: string): void {
  const signer = JSON.stringify({ kind: "identity", issuer: ISSUER, subject });
  hub.write(
    "update signatures set state = 'verified', kind = 'signature', reason = null, signer = ?, trust_revision = 1e15 where manifest_id = (select id from manifests where digest = ?)",
    [[signer, digest]],
  );
}

test("berth verify without options takes an identity that a policy for the image names, and no other", async () => {
  const image = await hub.pushImage("1.0");
  const signature = await hub.sign(image, ours);
  prove(signature.manifest.digest, SUBJECT);
  const verify = () =>
    hub.runAs(READER, ["verify", `${new URL(hub.url).host}/${NAME}:1.0`, "--json"]);
  const expectUnnamed = async () => {
    const { output, exitCode } = await verify();
    expect(JSON.parse(output).signers).toEqual([]);
    expect(exitCode).toBe(1);
  };
  await expectUnnamed();
  const rules = (subject: string) => ({ signedBy: { anyOf: [{ issuer: ISSUER, subject }] } });
  for (const body of [
    { mode: "off", rules: rules(SUBJECT) },
    { mode: "report", rules: rules("https://github.com/somebody/*") },
    { mode: "report", rules: rules(SUBJECT), tags: ["other"] },
  ]) {
    await hub.setPolicy(NAME, body);
    await expectUnnamed();
  }
  await hub.setPolicy("acme", { mode: "report", rules: rules("https://github.com/*") });
  const named = await verify();
  expect(JSON.parse(named.output).signers).toEqual([`${SUBJECT} (${ISSUER})`]);
  expect(named.exitCode).toBe(0);
});
