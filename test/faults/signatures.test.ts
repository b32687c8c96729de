import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDigest } from "../../src/oci/digest.ts";
import { BUNDLE_TYPE, signStatement } from "../../src/signing/index.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { callerOf, done } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage, content, descriptor, type Image } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

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
