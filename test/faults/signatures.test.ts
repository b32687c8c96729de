import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDigest } from "../../src/oci/digest.ts";
import { BUNDLE_TYPE, signStatement } from "../../src/signing/index.ts";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import { callerOf, done } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage, content, descriptor, type Image } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { TrustClient } from "../harness/signed-repository.ts";
import { SmallDisk } from "../harness/small-disk.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const NAME = "acme/app";
const WAIT = { timeout: 30_000, interval: 100 };
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const PEM = publicKey.export({ type: "spki", format: "pem" }).toString();
const TRUSTED = { name: "release", pem: PEM };
const VERIFIED = [["verified", "release"]];

function signatureOf({ manifest }: Image): Image {
  const bundle = signStatement(privateKey, parseDigest(manifest.digest)).json;
  return buildArtifact({
    artifactType: BUNDLE_TYPE,
    subject: descriptor(manifest),
    layers: [content(BUNDLE_TYPE, Buffer.from(bundle))],
  });
}

/** What is known of the signatures of an image, and whose they are. */
async function signaturesOf(hub: HubProcess) {
  const { body } = await callerOf(hub.url)(`GET /api/v1/signatures/${NAME}?reference=1`);
  const found = (body.signatures ?? []) as { state: string; signer: { key: string } | null }[];
  return found.map(({ state, signer }) => [state, signer?.key]);
}

/** As many as a disk without room surely has none for. */
const MOST_VERSIONS = 300;

test("a hub that is killed while it verifies a signature verifies it after its start, once", async () => {
  await using home = await makeTempDirectory("signatures");
  const dataDirectory = join(home.path, "data");
  const image = buildImage();
  const signature = signatureOf(image);
  {
    const env = { BERTH_FAIL_POINTS: "signature.before-commit:kill" };
    await using hub = await HubProcess.start({ dataDirectory, env });
    await done(callerOf(hub.url)("POST /api/v1/trusted-signers/hub", TRUSTED));
    await using client = new RegistryClient(hub.url);
    await client.push(NAME, "1", image);
    // It may be gone before the answer is here.
    await client.push(NAME, signature.manifest.digest, signature).catch(() => undefined);
    expect(await hub.endsWithin(20_000)).toBe(true);
    await hub.stop("SIGKILL");
  }
  await using hub = await HubProcess.start({ dataDirectory });
  await expect.poll(() => signaturesOf(hub), WAIT).toEqual(VERIFIED);
}, 120_000);

test("on a full disk nothing is half signed or half trusted, and all of it goes on once there is room", async () => {
  const random = seeded();
  await using disk = await SmallDisk.create(64);
  const dataDirectory = join(disk.path, "data");
  await using hub = await HubProcess.start({
    dataDirectory,
    env: { BERTH_STORAGE_RESERVE: "8MiB" },
  });
  await using client = new RegistryClient(hub.url);
  const ask = callerOf(hub.url);
  const image = randomImage(random);
  await client.push(NAME, "1", image);
  const notary = new TrustClient({ url: hub.url, gun: `${new URL(hub.url).host}/${NAME}` });
  const repository = await notary.initialise();
  const signature = signatureOf(image);

  await disk.fillUpTo(0);
  const versionOf = async () => (await notary.ask("GET", "tuf/targets.json")).body.signed.version;
  let published = 1;
  // The first ones may find room in what the database holds already.
  for (let version = 2; version - published < 6 && version < MOST_VERSIONS; version += 1) {
    repository.targets.version = version;
    const { status, body } = await notary.publish({ targets: repository.signTargets() });
    if (status === 200) published = version;
    else expect([status, body.errors[0].code]).toEqual([500, "NO_STORAGE"]);
    expect(await versionOf()).toBe(published);
  }
  expect(published).toBeLessThan(MOST_VERSIONS - 6);
  const [refused, added] = [
    await client.push(NAME, signature.manifest.digest, signature).catch((error: Error) => error),
    await ask("POST /api/v1/trusted-signers/hub", TRUSTED),
  ];
  expect(refused).toBeInstanceOf(Error);
  if (added.status >= 300) expect(added.status).toBe(507);
  // What was signed before is read by whoever pulls.
  expect((await notary.ask("GET", "tuf/timestamp.json")).status).toBe(200);

  await disk.makeRoom();
  const retry = async () => (await notary.publish({ targets: repository.signTargets() })).status;
  repository.targets.version = MOST_VERSIONS;
  await expect.poll(retry, WAIT).toBe(200);
  if (added.status >= 300) await done(ask("POST /api/v1/trusted-signers/hub", TRUSTED));
  const push = async () => {
    await client.push(NAME, signature.manifest.digest, signature);
    return true;
  };
  await expect.poll(() => push().catch((error: Error) => error.message), WAIT).toBe(true);
  await expect.poll(() => signaturesOf(hub), WAIT).toEqual(VERIFIED);
  await hub.stop();
  expect(await findDamage(dataDirectory)).toEqual([]);
}, 120_000);
