import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { toDigest } from "../../oci/digest.ts";
import { type Artifact, readPublicKey, type Trust } from "../trust.ts";
import { PUBLIC_GOOD_ROOT } from "./public-good-root.ts";
import { readTrustedRoot } from "./trusted-root.ts";
import { verifyBundle } from "./verify-bundle.ts";

/** Of sigstore-conformance, frozen beside the repository. */
const FOLDER = join(import.meta.dirname, "../../../../shared/data/vectors/signing/sigstore");
const ISSUER = "https://token.actions.githubusercontent.com";
const SUBJECT =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";

/** What the library judges otherwise than the name of the vector says: true for what it takes. */
const KNOWN_DIFFERENCES: Readonly<Record<string, boolean>> = {
  // Refused by @sigstore/verify 3.1.1. A newer version needs a newer Node than we promise to run under.
  "rekor2-dsse-happy-path": false,
};

const cases = existsSync(FOLDER)
  ? readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )
  : [];

describe.skipIf(cases.length === 0)(
  "sigstore's conformance vectors (skipped without ../shared/data/vectors/signing)",
  () => {
    test.each(cases)("%s", async (name) => {
      const expected = KNOWN_DIFFERENCES[name] ?? !name.endsWith("_fail");
      let outcome: unknown = true;
      try {
        await verifyVector(join(FOLDER, name));
      } catch (cause) {
        outcome = cause;
      }
      if (expected) expect(outcome).toBe(true);
      else expect(outcome).toBeInstanceOf(Error);
    });
  },
);

async function verifyVector(folder: string): Promise<void> {
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined;
  const bytes = read("artifact") ?? readFileSync(join(FOLDER, "a.txt"));
  const hex = createHash("sha256").update(bytes).digest("hex");
  const artifact: Artifact = { digest: toDigest("sha256", hex), bytes };
  const key = read("key.pub")?.toString();
  const root = read("trusted_root.json")?.toString() ?? PUBLIC_GOOD_ROOT;
  const trust: Trust = {
    keys: key === undefined ? [] : [{ name: "given", publicKey: readPublicKey(key) }],
    stores: [],
    sigstore: readTrustedRoot(JSON.parse(root)),
  };
  const bundle: unknown = JSON.parse(read("bundle.sigstore.json")?.toString() ?? "");
  const { signer } = await verifyBundle(bundle, artifact, trust);
  const issuer = read("issuer")?.toString().trim() ?? ISSUER;
  const subject = read("identity")?.toString().trim() ?? SUBJECT;
  const identity = { kind: "identity", issuer, subject };
  expect(signer).toMatchObject(key === undefined ? identity : { kind: "key", key: "given" });
}
