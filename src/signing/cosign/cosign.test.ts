import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDigest, toDigest } from "../../oci/digest.ts";
import { SignatureError } from "../signature-error.ts";
import { PUBLIC_GOOD_ROOT } from "../sigstore/public-good-root.ts";
import { readTrustedRoot } from "../sigstore/trusted-root.ts";
import { verifyBundle } from "../sigstore/verify-bundle.ts";
import type { Trust } from "../trust.ts";
import { verifyAttestationLayer } from "./attestation-layer.ts";
import { generateKeyFiles, readPrivateKey } from "./key-file.ts";
import { signBytes, signSimply, signStatement } from "./sign.ts";
import { SIGNATURE_ANNOTATION, toBundle, verifySimpleSigning } from "./simple-signing.ts";

const MANIFEST = Buffer.from('{"schemaVersion":2}');
const DIGEST = toDigest("sha256", createHash("sha256").update(MANIFEST).digest("hex"));
const OTHER = parseDigest(`sha256:${"1".repeat(64)}`);
const PROVENANCE = "https://slsa.dev/provenance/v1";

function pair(): { key: KeyObject; trust: Trust } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return { key: privateKey, trust: trusting(publicKey) };
}

function trusting(publicKey: KeyObject): Trust {
  return { keys: [{ name: "release", publicKey }], stores: [], sigstore: undefined };
}

async function faultOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "none";
  } catch (cause) {
    if (cause instanceof SignatureError) return `${cause.fault}: ${cause.message}`;
    throw cause;
  }
}

test("a key file opens with its passphrase and no other, and what it signs is verified", async () => {
  const files = await generateKeyFiles("correct horse");
  const key = await readPrivateKey(files.privateKey, "correct horse");
  await expect(readPrivateKey(files.privateKey, "battery")).rejects.toThrow("passphrase");
  const { json } = signStatement(key, DIGEST);
  const artifact = { digest: DIGEST, bytes: undefined };
  const verified = await verifyBundle(
    JSON.parse(json),
    artifact,
    trusting(createPublicKey(files.publicKey)),
  );
  expect(verified.signer).toMatchObject({ kind: "key", key: "release" });
});

test("a key file that asks for absurd memory is refused", async () => {
  const { privateKey } = await generateKeyFiles("x");
  const body = privateKey.split("\n").slice(1, -2).join("");
  const file = Buffer.from(body, "base64").toString().replace("65536", "1073741824");
  const hostile = `-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n${Buffer.from(file).toString("base64")}\n-----END`;
  await expect(readPrivateKey(hostile, "x")).rejects.toThrow("memory");
});

test("attestations and signatures of bytes hold for their digest, their key and nothing else", async () => {
  const { key, trust } = pair();
  const artifact = { digest: DIGEST, bytes: MANIFEST };
  const claim = { predicateType: PROVENANCE, predicate: { builder: "ours" } };
  const attested = JSON.parse(signStatement(key, DIGEST, claim).json);
  expect(await verifyBundle(attested, artifact, trust)).toMatchObject({
    predicateType: PROVENANCE,
    statement: { predicate: { builder: "ours" } },
  });
  const signed = JSON.parse(signBytes(key, MANIFEST));
  expect((await verifyBundle(signed, artifact, trust)).signer).toMatchObject({
    kind: "key",
    key: "release",
  });
  const other = { digest: OTHER, bytes: Buffer.from("other") };
  expect(await faultOf(() => verifyBundle(attested, other, trust))).toContain(
    "invalid: it is a statement about another",
  );
  expect(await faultOf(() => verifyBundle(signed, other, trust))).toContain("untrusted");
  expect(
    await faultOf(() => verifyBundle(signed, { digest: DIGEST, bytes: undefined }, trust)),
  ).toContain("waiting");
  expect(await faultOf(() => verifyBundle(attested, artifact, pair().trust))).toContain(
    "untrusted",
  );
  expect(
    await faultOf(() => verifyBundle({ ...attested, mediaType: "no" }, artifact, trust)),
  ).toContain("invalid");
  const changed = structuredClone(attested);
  changed.dsseEnvelope.payload = Buffer.from(
    Buffer.from(changed.dsseEnvelope.payload, "base64").toString().replace("ours", "evil"),
  ).toString("base64");
  expect(await faultOf(() => verifyBundle(changed, artifact, trust))).toContain("untrusted");
  const twice = structuredClone(attested);
  twice.dsseEnvelope.signatures.push(twice.dsseEnvelope.signatures[0]);
  expect(await faultOf(() => verifyBundle(twice, artifact, trust))).toContain("invalid");
});

test("a key that several have named is known by all names, and the time is a log's that is known", async () => {
  const { key, trust } = pair();
  const [release] = trust.keys;
  if (release === undefined) throw new Error("no key");
  const copy = { ...release, name: "evil/copy", anchor: 1 };
  const keys = [copy, ...pair().trust.keys, { ...release, anchor: 7 }];
  const bundle = JSON.parse(signStatement(key, DIGEST).json);
  const entry = {
    ...{ logIndex: "1", logId: { keyId: Buffer.alloc(32).toString("base64") } },
    ...{ kindVersion: { kind: "dsse", version: "0.0.1" }, integratedTime: "1000000000" },
    inclusionPromise: { signedEntryTimestamp: "AA==" },
    inclusionProof: {
      ...{ logIndex: "1", rootHash: "AA==", treeSize: "2", hashes: [] },
      checkpoint: { envelope: "" },
    },
    canonicalizedBody: "AA==",
  };
  bundle.verificationMaterial.tlogEntries = [entry];
  const artifact = { digest: DIGEST, bytes: undefined };
  const verified = await verifyBundle(bundle, artifact, { ...trust, keys });
  expect(verified.anchors).toEqual([1, 7]);
  expect(verified.signedAt).toBeUndefined();
});

test("a simple signature holds for its digest and its repository under any address of the hub", async () => {
  const { key, trust } = pair();
  const of = { digest: DIGEST, names: ["library/app"] };
  const verify = async (reference: string, digest = DIGEST, judge = trust) => {
    const { payload, signature } = signSimply(key, { reference, digest });
    const layer = { bytes: payload, annotations: { [SIGNATURE_ANNOTATION]: signature } };
    return (await verifySimpleSigning(layer, of, judge)).signer;
  };
  for (const name of [
    "library/app",
    "hub.example:5000/library/app",
    "localhost/library/app:1",
    "",
  ]) {
    expect(await verify(name), name).toMatchObject({ kind: "key", key: "release" });
  }
  expect(await faultOf(() => verify("hub:5000/library/other"))).toContain(
    "another repository, library/other",
  );
  expect(await faultOf(() => verify("hub:5000/library/app", OTHER))).toContain("another digest");
  expect(await faultOf(() => verify("library/app", DIGEST, pair().trust))).toContain("untrusted");
});

test("an attestation of the older form is a layer with an envelope", async () => {
  const { key, trust } = pair();
  const { dsseEnvelope } = JSON.parse(
    signStatement(key, DIGEST, { predicateType: PROVENANCE, predicate: {} }).json,
  );
  const layer = { bytes: Buffer.from(JSON.stringify(dsseEnvelope)), annotations: {} };
  expect((await verifyAttestationLayer(layer, { digest: DIGEST }, trust)).predicateType).toBe(
    PROVENANCE,
  );
  expect(await faultOf(() => verifyAttestationLayer(layer, { digest: OTHER }, trust))).toContain(
    "another digest",
  );
});

const VECTOR = join(
  import.meta.dirname,
  "../../../../shared/data/vectors/signing/sigstore/happy-path-v0.1/bundle.sigstore.json",
);

test.skipIf(!existsSync(VECTOR))(
  "what cosign writes into annotations is the same as a bundle (skipped without ../shared/data/vectors/signing)",
  async () => {
    const { verificationMaterial: material, messageSignature } = JSON.parse(
      readFileSync(VECTOR, "utf8"),
    );
    const [entry] = material.tlogEntries;
    const bytes = readFileSync(join(VECTOR, "../../a.txt"));
    const der = Buffer.from(material.x509CertificateChain.certificates[0].rawBytes, "base64");
    const annotations = {
      [SIGNATURE_ANNOTATION]: messageSignature.signature,
      "dev.sigstore.cosign/certificate": `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----`,
      "dev.sigstore.cosign/bundle": JSON.stringify({
        SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
        Payload: {
          body: entry.canonicalizedBody,
          integratedTime: Number(entry.integratedTime),
          logIndex: Number(entry.logIndex),
          logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
        },
      }),
    };
    const artifact = {
      digest: toDigest("sha256", createHash("sha256").update(bytes).digest("hex")),
      bytes,
    };
    const sigstore = readTrustedRoot(JSON.parse(PUBLIC_GOOD_ROOT));
    const trust: Trust = { keys: [], stores: [], sigstore };
    expect(
      (await verifyBundle(toBundle({ bytes, annotations }), artifact, trust)).signer,
    ).toMatchObject({
      kind: "identity",
      issuer: "https://token.actions.githubusercontent.com",
    });
    expect(
      await faultOf(() =>
        verifyBundle(toBundle({ bytes, annotations }), artifact, { ...trust, sigstore: undefined }),
      ),
    ).toContain("untrusted");
  },
);
