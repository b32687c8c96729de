import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDigest } from "../../src/oci/digest.ts";
import { signBytes } from "../../src/signing/cosign/sign.ts";
import {
  BUNDLE_TYPE,
  SIGNATURE_ANNOTATION,
  SIMPLE_SIGNING_TYPE,
  signSimply,
  signStatement,
} from "../../src/signing/index.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import {
  AMD64,
  buildImage,
  content,
  descriptor,
  type Image,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const OWNER = { name: "olaf", password: SENTENCE };
const NAME = "acme/api";
const PROVENANCE = "https://slsa.dev/provenance/v1";

function pair() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
  return { key, pem: publicKey.export({ type: "spki", format: "pem" }).toString() };
}

let now = Date.now();
const start = async () => {
  const hub = await withTerminal(await startAccountsHub({ clock: () => new Date(now) }));
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
  return { ...hub, olaf: hub.as("olaf"), client: new RegistryClient(hub.url, { user: OWNER }) };
};
let hub: Awaited<ReturnType<typeof start>>;
const ours = pair();
const theirs = pair();

beforeAll(async () => {
  hub = await start();
  // Another owner claims the same key first, and a stranger's.
  await hub.addUsers("eve");
  await hub.addOrganization("evil", { eve: "owner", olaf: "owner" });
  const eve = hub.as("eve");
  await done(eve("POST /api/v1/trusted-signers/evil", { name: "copy", pem: ours.pem }));
  await done(eve("POST /api/v1/trusted-signers/evil", { name: "theirs", pem: theirs.pem }));
  await done(hub.olaf("POST /api/v1/trusted-signers/acme", { name: "release", pem: ours.pem }));
});
afterAll(async () => {
  await hub.client[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

interface Signatures {
  readonly digest: string;
  readonly signatures: readonly { state: string; signer: unknown; kind: string; reason: string }[];
}

/** Asks until `isReady`; the test's own time bounds it. */
async function ask(reference: string, isReady: (body: Signatures) => boolean, name = NAME) {
  for (;;) {
    const { body } = await done(hub.olaf(`GET /api/v1/signatures/${name}?reference=${reference}`));
    if (isReady(body as Signatures)) return body as Signatures;
    await sleep(20);
  }
}
const settled = (count: number) => (body: Signatures) =>
  body.signatures.length === count && body.signatures.every(({ state }) => state !== "waiting");

function bundleOf(
  image: Image,
  key = ours.key,
  claim?: Parameters<typeof signStatement>[2],
): Image {
  const { json: bundle } = signStatement(key, parseDigest(image.manifest.digest), claim);
  return buildArtifact({
    artifactType: BUNDLE_TYPE,
    subject: descriptor(image.manifest),
    layers: [content(BUNDLE_TYPE, Buffer.from(bundle))],
  });
}

async function pushImage(tag: string): Promise<Image> {
  const image = buildImage();
  await hub.client.push(NAME, tag, image);
  return image;
}

/** As cosign pushes it, below the tag of what it signs. */
function simpleOf(image: Image, reference: string): Image {
  const digest = parseDigest(image.manifest.digest);
  const { payload, signature } = signSimply(ours.key, { reference, digest });
  const config = content("application/vnd.oci.image.config.v1+json", Buffer.from("{}"));
  const layer = content(SIMPLE_SIGNING_TYPE, payload);
  const annotations = { [SIGNATURE_ANNOTATION]: signature };
  const manifest = json(OCI_MANIFEST, {
    ...{ schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor(config) },
    layers: [{ ...descriptor(layer), annotations }],
  });
  return { manifest, config, layers: [layer], platform: AMD64 };
}

const tagOf = ({ manifest }: Image) => `sha256-${manifest.digest.slice(7)}.sig`;

async function collect(): Promise<void> {
  const run = hub.registry.collector.run({ dryRun: false, signal: AbortSignal.timeout(60_000) });
  for await (const event of run) expect(event.type).not.toBe("failure");
}

test("a signature is verified when it arrives, and again when what is trusted changes", async () => {
  const image = await pushImage("1");
  const signed = bundleOf(image);
  await hub.client.push(NAME, signed.manifest.digest, signed);
  const foreign = bundleOf(image, theirs.key);
  await hub.client.push(NAME, foreign.manifest.digest, foreign);
  const before = await ask("1", settled(2));
  expect(before.digest).toBe(image.manifest.digest);
  expect(before.signatures.map(({ state }) => state)).toEqual(["verified", "untrusted"]);
  expect(before.signatures[0]).toMatchObject({
    kind: "signature",
    signer: { kind: "key", key: "acme/release" },
  });
  expect(await hub.typeAs(OWNER, `verify ${NAME}:1`)).toBe(
    `${NAME}@${image.manifest.digest}: signed by the key acme/release`,
  );
  const card = () => done(hub.olaf(`GET /api/v1/catalog/repositories/${NAME}`));
  expect((await card()).body.isSigned).toBe(true);
  const rows = await done(hub.olaf(`GET /api/v1/catalog/tags/${NAME}?q=1`));
  expect(rows.body.items[0]).toMatchObject({ name: "1", signatures: 1 });
  await done(hub.olaf("DELETE /api/v1/trusted-signers/acme/release"));
  expect((await card()).body.isSigned).toBe(false);
  await done(hub.olaf("POST /api/v1/trusted-signers/acme", { name: "release", pem: ours.pem }));
  await done(hub.root("POST /api/v1/trusted-signers/hub", { name: "partner", pem: theirs.pem }));
  const after = await ask("1", ({ signatures }) => signatures[1]?.state === "verified");
  expect(after.signatures[1]?.signer).toEqual({ kind: "key", key: "partner" });
  await done(hub.root("DELETE /api/v1/trusted-signers/hub/partner"));
  // At once, not only when all was verified again.
  expect((await ask("1", () => true)).signatures[1]).toMatchObject({ state: "untrusted" });
  const rubbish = { name: "x", pem: "-----BEGIN PUBLIC KEY-----" };
  expect((await hub.olaf("POST /api/v1/trusted-signers/acme", rubbish)).status).toBe(400);
});

test("a signature that comes before its image waits for it, and one for another digest is refused", async () => {
  const [image, other] = [buildImage(), buildImage()];
  const digest = parseDigest(image.manifest.digest);
  const artifactType = BUNDLE_TYPE;
  const layers = [content(BUNDLE_TYPE, Buffer.from(signBytes(ours.key, image.manifest.bytes)))];
  for (const { manifest } of [image, other]) {
    const early = buildArtifact({ artifactType, subject: descriptor(manifest), layers });
    await hub.client.push(NAME, early.manifest.digest, early);
  }
  const wrong = buildArtifact({
    ...{ artifactType, subject: descriptor(other.manifest) },
    layers: [content(BUNDLE_TYPE, Buffer.from(signStatement(ours.key, digest).json))],
  });
  await hub.client.push(NAME, wrong.manifest.digest, wrong);
  await hub.client.push(NAME, "early", image);
  await hub.client.push(NAME, "other", other);
  expect((await ask("early", settled(1))).signatures[0]?.state).toBe("verified");
  const { signatures } = await ask("other", settled(2));
  expect(signatures.map(({ state }) => state).sort()).toEqual(["invalid", "untrusted"]);
  expect(signatures.find(({ state }) => state === "invalid")?.reason).toContain("another digest");
});

test("simple signatures name their repository, move with it, stay out of lists and die with the image", async () => {
  const image = await pushImage("simple");
  const tag = tagOf(image);
  await hub.client.push(NAME, tag, simpleOf(image, "registry.example.com/acme/api"));
  expect((await ask("simple", settled(1))).signatures[0]?.state).toBe("verified");
  await hub.client.push("acme/copy", "1", image);
  await hub.client.push("acme/copy", tag, simpleOf(image, "acme/api"));
  const copied = await ask("1", settled(1), "acme/copy");
  expect(copied.signatures[0]).toMatchObject({ state: "invalid" });
  expect(copied.signatures[0]?.reason).toContain("another repository, acme/api");

  const listed = async (query: string) => {
    const { body } = await done(hub.olaf(`GET /v2/repositories/acme/api/tags${query}`));
    return body.results.map(({ name }: { name: string }) => name);
  };
  expect(await listed("")).not.toContain(tag);
  expect(await listed("?companions=true")).toContain(tag);
  expect((await hub.client.get(`/v2/${NAME}/tags/list`)).body.toString()).toContain(tag);

  await hub.client.send("DELETE", `/v2/${NAME}/manifests/${image.manifest.digest}`);
  // Beyond the grace of collection.
  now += 8 * 86_400_000;
  await collect();
  expect((await hub.client.getManifest(NAME, tag)).status).toBe(404);
  await hub.client.push(NAME, "simple", image);
  expect((await ask("simple", () => true)).signatures).toEqual([]);
});

test("signatures go where their repository is given, and count there for whoever trusts the key", async () => {
  const image = await pushImage("given");
  const signed = bundleOf(image);
  await hub.client.push(NAME, signed.manifest.digest, signed);
  await ask("given", settled(1));
  await hub.addOrganization("harbour", { olaf: "owner" });
  const move = (from: string, to: string) =>
    done(hub.olaf("POST /api/v1/repository-moves", { from, to }));
  await move(NAME, "harbour/api");
  // What its former owner trusted counts no more, from the first moment on.
  const given = await ask("given", settled(1), "harbour/api");
  expect(given.signatures[0]).toMatchObject({ state: "untrusted", signer: null });
  await done(hub.olaf("POST /api/v1/trusted-signers/harbour", { name: "own", pem: ours.pem }));
  const isGood = (key: string) => (body: Signatures) =>
    JSON.stringify(body.signatures[0]?.signer) === JSON.stringify({ kind: "key", key });
  await ask("given", isGood("harbour/own"), "harbour/api");
  const line = `GET /v2/harbour/api/referrers/${image.manifest.digest}`;
  expect((await hub.olaf(line)).body.manifests).toHaveLength(1);
  await move("harbour/api", NAME);
  await ask("given", isGood("acme/release"));
});

test("after a transfer signatures hold under the names of then, by the keys of the hub and the new owner", async () => {
  const image = buildImage();
  await hub.client.push("acme/moving", "1", image);
  await hub.client.push(
    "acme/moving",
    tagOf(image),
    simpleOf(image, "hub.example.com/acme/moving"),
  );
  const signed = bundleOf(image);
  await hub.client.push("acme/moving", signed.manifest.digest, signed);
  const before = await ask("1", settled(2), "acme/moving");
  expect(before.signatures.map(({ state }) => state)).toEqual(["verified", "verified"]);
  const move = { from: "acme/moving", to: "evil/moved" };
  await done(hub.olaf("POST /api/v1/repository-moves", move));
  const moved = await ask("1", settled(2), "evil/moved");
  const key = { kind: "key", key: "evil/copy" };
  // What acme trusted counts no more, from the first moment on; what evil trusts does once it was judged there.
  for (const { signer } of moved.signatures) expect([null, key]).toContainEqual(signer);
  const isGood = ({ signatures }: Signatures) =>
    signatures.every(({ state }) => state === "verified");
  const after = await ask("1", isGood, "evil/moved");
  expect(after.signatures.map(({ signer }) => signer)).toEqual([key, key]);
});

test("provenance is told from all sources, and says what was signed and what is merely claimed", async () => {
  const image = buildImage();
  const statement = {
    ...{ _type: "https://in-toto.io/Statement/v0.1", predicateType: PROVENANCE },
    ...{ subject: [], predicate: { builder: { id: "buildkit" } } },
  };
  const config = content("application/vnd.oci.image.config.v1+json", Buffer.from("{}"));
  const layer = json("application/vnd.in-toto+json", statement);
  const attestation: Image = {
    ...{ config, layers: [layer], platform: AMD64 },
    manifest: json(OCI_MANIFEST, {
      ...{ schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor(config) },
      layers: [{ ...descriptor(layer), annotations: { "in-toto.io/predicate-type": PROVENANCE } }],
    }),
  };
  for (const one of [image, attestation]) await hub.client.push(NAME, one.manifest.digest, one);
  const index = json(OCI_INDEX, {
    ...{ schemaVersion: 2, mediaType: OCI_INDEX },
    manifests: [
      { ...descriptor(image.manifest), platform: { os: "linux", architecture: "amd64" } },
      {
        ...descriptor(attestation.manifest),
        platform: { os: "unknown", architecture: "unknown" },
        annotations: {
          "vnd.docker.reference.type": "attestation-manifest",
          "vnd.docker.reference.digest": image.manifest.digest,
        },
      },
    ],
  });
  await hub.client.pushManifest(NAME, "built", index);
  const claim = { predicateType: PROVENANCE, predicate: { builder: { id: "ours" } } };
  const signed = bundleOf(image, ours.key, claim);
  await hub.client.push(NAME, signed.manifest.digest, signed);
  await ask(image.manifest.digest, settled(1));
  const { body } = await done(hub.olaf(`GET /api/v1/provenance/${NAME}?reference=built`));
  expect(body.claims).toEqual([
    expect.objectContaining({
      ...{ source: "index", state: "claimed", predicateType: PROVENANCE, signer: null },
      ...{ subject: image.manifest.digest, predicate: { builder: { id: "buildkit" } } },
    }),
    expect.objectContaining({
      ...{ source: "referrer", state: "verified", predicateType: PROVENANCE },
      ...{ signer: { kind: "key", key: "acme/release" }, predicate: { builder: { id: "ours" } } },
    }),
  ]);
  // What another repository keeps to itself is not told to whoever names it.
  const secret = json("application/vnd.in-toto+json", { ...statement, predicate: "secret" });
  const kept = { artifactType: "application/vnd.example", layers: [secret] };
  await hub.client.push("acme/kept", "1", buildArtifact(kept));
  const thief = buildImage();
  await hub.client.push(NAME, "thief", thief);
  const { manifest, config: empty } = buildArtifact({
    ...kept,
    subject: descriptor(thief.manifest),
  });
  const named = JSON.parse(manifest.bytes.toString());
  named.layers[0] = { ...named.layers[0], size: 10, urls: ["https://example.com/x"] };
  await hub.client.pushBlob(NAME, empty.bytes);
  await hub.client.pushManifest(NAME, "asks", json(OCI_MANIFEST, named));
  const { body: asked } = await done(hub.olaf(`GET /api/v1/provenance/${NAME}?reference=thief`));
  expect(asked.claims).toHaveLength(1);
  expect(asked.claims[0].predicate).toBeUndefined();
  const { body: tag } = await done(hub.olaf("GET /v2/repositories/acme/api/tags/built"));
  expect(tag.images.map(({ architecture }: { architecture: string }) => architecture)).toEqual([
    "amd64",
  ]);
});
