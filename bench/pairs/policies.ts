import { generateKeyPairSync } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDigest } from "../../src/oci/digest.ts";
import { BUNDLE_TYPE, signStatement } from "../../src/signing/index.ts";
import { buildArtifact } from "../../test/harness/artifacts.ts";
import { content } from "../../test/harness/images.ts";
import { RegistryClient } from "../../test/harness/registry-client.ts";
import { expectOk, type Hub, isQuick, MANIFEST_TYPE, measurePair, ROOT } from "./pair.ts";

const POLICIES = 10;
const VERIFIED_WITHIN_MS = 30_000;

/** What pulls cost with policies that ask for signatures, and without any. */
process.exitCode = await measurePair({
  names: ["no policies", "ten policies, all met"],
  seeds: [undefined, undefined],
  prepares: [undefined, askForSignatures],
  target: 1.1,
  measured: [
    { title: "a tag's manifest", requests: isQuick ? 500 : 5000, ask: (hub) => pull(hub, "GET") },
    { title: "HEAD of it", requests: isQuick ? 500 : 5000, ask: (hub) => pull(hub, "HEAD") },
  ],
});

async function pull(hub: Hub, method: "GET" | "HEAD"): Promise<void> {
  const warning = await warningOf(hub, method);
  if (warning !== undefined) throw new Error(`a policy is not met: ${warning}`);
}

async function warningOf(hub: Hub, method: "GET" | "HEAD"): Promise<string | undefined> {
  const headers = { authorization: hub.bearer };
  const answer = await expectOk(hub, { method, path: "/v2/acme/app/manifests/1", headers });
  return answer.warning?.toString();
}

/** A signature by a key that is trusted, and policies that ask for it; done when the hub has verified it. */
async function askForSignatures(hub: Hub): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = publicKey.export({ type: "spki", format: "pem" });
  await call(hub, "POST trusted-signers/acme", { name: "release", pem });
  await sign(hub, privateKey);
  const rules = { signedBy: { anyOf: [{ key: "acme/release" }], atLeast: 1 } };
  for (let number = 0; number < POLICIES; number += 1) {
    const policy = { mode: "enforce", rules };
    await call(hub, `PUT pull-policies?scope=acme&name=p${number}`, policy);
  }
  const until = performance.now() + VERIFIED_WITHIN_MS;
  while ((await warningOf(hub, "GET")) !== undefined) {
    if (performance.now() > until) throw new Error("the hub has not verified the signature");
    await sleep(100);
  }
}

async function sign(
  hub: Hub,
  key: ReturnType<typeof generateKeyPairSync>["privateKey"],
): Promise<void> {
  await using client = new RegistryClient(hub.origin, { user: ROOT });
  const { headers, body } = await client.getManifest("acme/app", "1");
  const digest = parseDigest(String(headers["docker-content-digest"]));
  const bundle = Buffer.from(signStatement(key, digest).json);
  const signed = buildArtifact({
    artifactType: BUNDLE_TYPE,
    subject: { mediaType: MANIFEST_TYPE, digest, size: body.length },
    layers: [content(BUNDLE_TYPE, bundle)],
  });
  await client.push("acme/app", signed.manifest.digest, signed);
}

async function call(hub: Hub, route: `${"POST" | "PUT"} ${string}`, wish: object): Promise<void> {
  const [method, path] = route.split(" ") as ["POST" | "PUT", string];
  const headers = { authorization: hub.rootAuthorization, "content-type": "application/json" };
  await expectOk(hub, { method, path: `/api/v1/${path}`, headers, body: JSON.stringify(wish) });
}
