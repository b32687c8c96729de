import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import {
  bits,
  boolean,
  contextual,
  integer,
  objectId,
  octets,
  sequence,
  setOf,
  time,
  utf8,
} from "../../lib/der.ts";

interface Wish {
  /** What people read in it. */
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly from: Date;
  readonly until: Date;
}

interface Issuer {
  readonly commonName: string;
  readonly privateKey: KeyObject;
}

const ECDSA_WITH_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"));
const KEY_CERT_SIGN = Buffer.of(0x06);
const DIGITAL_SIGNATURE = Buffer.of(0x80);

/** A certificate that may sign others, and signs itself. Answers PEM. */
export function makeAuthority(wish: Wish, privateKey: KeyObject): string {
  return makeCertificate(wish, { commonName: wish.commonName, privateKey }, [
    extension("2.5.29.19", true, sequence(boolean(true), integer(Buffer.of(0)))),
    // keyCertSign and cRLSign.
    extension("2.5.29.15", true, bits(KEY_CERT_SIGN, 1)),
  ]);
}

/** A certificate of a server that is reached by these names and addresses. Answers PEM. */
export function makeServerCertificate(
  wish: Wish & { readonly names: readonly string[] },
  issuer: Issuer,
): string {
  const issuerKey = createPublicKey(issuer.privateKey);
  return makeCertificate(wish, issuer, [
    extension("2.5.29.19", true, sequence()),
    extension("2.5.29.15", true, bits(DIGITAL_SIGNATURE, 7)),
    extension("2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", false, sequence(...wish.names.map(toGeneralName))),
    extension("2.5.29.35", false, sequence(contextual(0, keyIdOf(issuerKey), false))),
  ]);
}

/** RFC 5280, section 4.1. */
function makeCertificate(wish: Wish, issuer: Issuer, extensions: readonly Buffer[]): string {
  const { commonName, publicKey, from, until } = wish;
  const keyId = extension("2.5.29.14", false, octets(keyIdOf(publicKey)));
  const content = sequence(
    contextual(0, integer(Buffer.of(2)), true),
    integer(makeSerial()),
    ECDSA_WITH_SHA256,
    toName(issuer.commonName),
    sequence(time(from), time(until)),
    toName(commonName),
    publicKey.export({ format: "der", type: "spki" }),
    contextual(3, sequence(...extensions, keyId), true),
  );
  const signature = sign("sha256", content, issuer.privateKey);
  const text = sequence(content, ECDSA_WITH_SHA256, bits(signature)).toString("base64");
  const lines = text.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** Positive, and with a first byte that is not zero. */
function makeSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

function toName(commonName: string): Buffer {
  return sequence(setOf(sequence(objectId("2.5.4.3"), utf8(commonName))));
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(isCritical ? [boolean(true)] : []), octets(value));
}

function keyIdOf(key: KeyObject): Buffer {
  const spki = key.export({ format: "der", type: "spki" });
  return createHash("sha1").update(spki).digest();
}

function toGeneralName(name: string): Buffer {
  return isIP(name) === 0
    ? contextual(2, Buffer.from(name), false)
    : contextual(7, toAddress(name), false);
}

function toAddress(text: string): Buffer {
  if (isIP(text) === 4) return Buffer.from(text.split(".").map(Number));
  // URL knows every way to write an address, and writes it in one.
  const written = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = "", tail] = written.split("::");
  const [front, back] = [head, tail ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const missing = 8 - (front?.length ?? 0) - (back?.length ?? 0);
  const groups = [...(front ?? []), ...Array<string>(missing).fill("0"), ...(back ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}
