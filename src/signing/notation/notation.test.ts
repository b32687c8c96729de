import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ASN1Obj } from "@sigstore/core";
import { describe, expect, test } from "vitest";
import { parseDigest } from "../../oci/digest.ts";
import { SignatureError } from "../signature-error.ts";
import type { TrustStore } from "../trust.ts";
import { assertSignsCode, assertStampsTime } from "./certificate-purpose.ts";
import { openCose } from "./cose.ts";
import { openJws } from "./jws.ts";
import type { Envelope } from "./payload.ts";
import { readTimestamp } from "./timestamp-token.ts";
import { COSE_TYPE, JWS_TYPE, verifyNotation } from "./verify-notation.ts";

/** Of notation-go and notation-core-go, frozen beside the repository. */
const FOLDER = join(import.meta.dirname, "../../../../shared/data/vectors/signing/notation");
const NOW = new Date("2026-01-01T00:00:00Z");

const read = (name: string) => readFileSync(join(FOLDER, name));

async function open(
  name: string,
): Promise<{ bytes: Buffer; mediaType: string; envelope: Envelope }> {
  const bytes = read(name);
  if (bytes[0] !== 0x7b) return { bytes, mediaType: COSE_TYPE, envelope: openCose(bytes) };
  return { bytes, mediaType: JWS_TYPE, envelope: await openJws(bytes) };
}

/** Trusts who signed, and who confirmed the time: the last certificate of the token is its root. */
function storesFor({ certificates, timestamp }: Envelope): readonly TrustStore[] {
  const last = certificates.at(-1);
  const ca: TrustStore = {
    name: "people",
    type: "ca",
    certificates: last === undefined ? [] : [new X509Certificate(last)],
  };
  return timestamp === undefined
    ? [ca]
    : [ca, { name: "clocks", type: "tsa", certificates: rootsOf(timestamp) }];
}

function rootsOf(token: Buffer): readonly X509Certificate[] {
  return certificatesOf(token).slice(-1);
}

function certificatesOf(token: Buffer): readonly X509Certificate[] {
  const signed = ASN1Obj.parseBuffer(Buffer.from(token)).subs[1]?.subs[0];
  const set = signed?.subs.find(({ tag }) => tag.isContextSpecific(0));
  return (set?.subs ?? []).map((one) => new X509Certificate(one.toDER()));
}

async function outcome(
  name: string,
  change: { stores?: readonly TrustStore[]; digest?: string } = {},
) {
  const { envelope, ...signature } = await open(name);
  const { targetArtifact } = JSON.parse(envelope.payload.toString());
  const digest = parseDigest(change.digest ?? targetArtifact.digest);
  const stores = change.stores ?? storesFor(envelope);
  return await verifyNotation(signature, { digest }, { trust: { stores }, now: NOW }).catch(
    (cause: unknown) => {
      if (cause instanceof SignatureError) return `${cause.fault}: ${cause.message}`;
      throw cause;
    },
  );
}

describe.skipIf(!existsSync(FOLDER))(
  "Notation's signatures (skipped without ../shared/data/vectors/signing)",
  () => {
    test.each([
      ["cose_signature.sig", "CN=alpine"],
      ["jwsWithTimestamp.sig", "CN=alpine"],
      ["timestamp/sigEnv/coseWithTimestamp.sig", "CN=alpine"],
      ["timestamp/sigEnv/jwsWithTimestamp.sig", "CN=alpine"],
      ["timestamp/sigEnv/withoutTimestamp.sig", "CN=alpine"],
      // The certificate has expired since, and an authority for times saw the signature before that.
      ["timestamp/sigEnv/coseExpiredWithTimestamp.sig", "CN=testTSA"],
      ["timestamp/sigEnv/jwsExpiredWithTimestamp.sig", "CN=testTSA"],
    ])("%s is accepted", async (name, subject) => {
      const { signer } = (await outcome(name)) as { signer: { subject: string } };
      expect(signer).toMatchObject({ kind: "certificate", store: "people" });
      expect(signer.subject).toContain(subject);
    });

    test.each([
      ["timestamp/sigEnv/timestampAfterNotAfter.sig", "expired"],
      ["timestamp/sigEnv/timestampBeforeNotBefore.sig", "invalid"],
    ])("%s is refused", async (name, fault) => {
      expect(await outcome(name)).toMatch(new RegExp(`^${fault}: the certificate of`));
    });

    test("an expired certificate without a trusted time, a stranger and another digest are refused", async () => {
      const name = "timestamp/sigEnv/jwsExpiredWithTimestamp.sig";
      const { envelope } = await open(name);
      const people = storesFor(envelope).slice(0, 1);
      expect(await outcome(name, { stores: people })).toMatch(/^expired: /);
      expect(await outcome(name, { stores: [] })).toMatch(/^untrusted: .*no trust store/);
      expect(await outcome(name, { digest: `sha256:${"1".repeat(64)}` })).toMatch(/another digest/);
      const stranger = storesFor((await open("cose_signature.sig")).envelope);
      expect(await outcome(name, { stores: stranger })).toMatch(/^untrusted: /);
    });

    test("an envelope in which any byte was changed is refused", async () => {
      for (const name of ["cose_signature.sig", "timestamp/sigEnv/withoutTimestamp.sig"]) {
        const { bytes, mediaType, envelope } = await open(name);
        const { targetArtifact } = JSON.parse(envelope.payload.toString());
        const stores = storesFor(envelope);
        for (let at = 3; at < bytes.length; at += 41) {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ 1;
          const verified = verifyNotation(
            { mediaType, bytes: changed },
            { digest: targetArtifact.digest },
            { trust: { stores }, now: NOW },
          ).then(
            // Headers that nobody signs, such as the name of the program, may be changed by anybody.
            ({ signer }) => JSON.stringify({ ...signer, fingerprint: undefined }),
            (cause: unknown) => cause instanceof SignatureError,
          );
          const unchanged = JSON.stringify({
            kind: "certificate",
            store: "people",
            subject: "CN=alpine,O=Notary,L=Seattle,ST=WA,C=US",
          });
          expect([true, unchanged], `${name} at ${at}`).toContain(await verified);
        }
      }
    });

    test("who signs code has a certificate for that, below authorities that allow as many", async () => {
      const { envelope } = await open("timestamp/sigEnv/coseWithTimestamp.sig");
      const [clock, authority, root] = certificatesOf(envelope.timestamp ?? Buffer.alloc(0));
      const signer = new X509Certificate(envelope.certificates[0] ?? Buffer.alloc(0));
      if (clock === undefined || authority === undefined || root === undefined) throw new Error();
      expect(() => assertSignsCode([signer, authority, root])).not.toThrow();
      expect(() => assertStampsTime([clock, authority, root])).not.toThrow();
      expect(() => assertSignsCode([clock])).toThrow("not one for signing code");
      expect(() => assertStampsTime([signer])).toThrow("not by an authority for times");
      expect(() => assertSignsCode([authority, root])).toThrow("an authority for certificates");
      // The authority has a path length of 0.
      expect(() => assertSignsCode([signer, root, authority])).toThrow("longer than");
      expect(() => assertSignsCode([signer, clock])).toThrow("may issue none");
    });

    test("all stores that prove a signature are told, and a certificate that is not valid yet is waited for", async () => {
      const name = "timestamp/sigEnv/withoutTimestamp.sig";
      const { envelope, ...signature } = await open(name);
      const [people] = storesFor(envelope);
      if (people === undefined) throw new Error("no store");
      const stores = [
        { ...people, name: "evil/copy", anchor: 1 },
        { ...people, anchor: 2 },
      ];
      expect(await outcome(name, { stores })).toMatchObject({ anchors: [1, 2] });
      const { targetArtifact } = JSON.parse(envelope.payload.toString());
      const early = verifyNotation(
        signature,
        { digest: targetArtifact.digest },
        { trust: { stores }, now: new Date(0) },
      );
      const [certificate] = people.certificates;
      const from = certificate?.validFromDate;
      await expect(early).rejects.toMatchObject({ fault: "waiting", from });
    });

    test("tokens of time are held to their content, their certificate and what they are of", () => {
      const folder = "timestamp/countersignature";
      const good = read(`${folder}/TimeStampToken.p7s`);
      const stores: TrustStore[] = [{ name: "clocks", type: "tsa", certificates: rootsOf(good) }];
      const message = Buffer.from("notation");
      for (const name of ["WithInvalidTSTInfo", "WithInvalideContentType", "WithoutCertificate"]) {
        const bad = read(`${folder}/TimeStampToken${name}.p7s`);
        expect(() => readTimestamp(bad, message, stores), name).toThrow(SignatureError);
      }
      expect(readTimestamp(good, message, stores)).toBeInstanceOf(Date);
      expect(() => readTimestamp(good, Buffer.from("other"), stores)).toThrow(SignatureError);
      expect(() => readTimestamp(good, message, [])).toThrow("not trusted");
    });
  },
);

test("rubbish is refused with a sentence and nothing worse", async () => {
  const trust = { stores: [] };
  const digest = parseDigest(`sha256:${"1".repeat(64)}`);
  for (const text of [
    "",
    "{}",
    "\xd2\x84",
    "\xd2\x9f\xff",
    "\xd2\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
    "\xd2".repeat(1000),
  ]) {
    for (const mediaType of [JWS_TYPE, COSE_TYPE]) {
      const bytes = Buffer.from(text, "latin1");
      const verified = verifyNotation({ mediaType, bytes }, { digest }, { trust, now: NOW });
      await expect(verified).rejects.toBeInstanceOf(SignatureError);
    }
  }
});
