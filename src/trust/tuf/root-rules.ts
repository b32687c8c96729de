import type { X509Certificate } from "node:crypto";
import { commonNameOf, isCertificateKey, readCertificate, type TufKey } from "./keys.ts";
import { MetadataError, type Root } from "./metadata.ts";
import { isSigned } from "./signatures.ts";

const SMALLEST_RSA_BITS = 2048;

/**
 * What a root has to be before it is believed: signed by the keys of the root before it and by its own, each of which is
 * certified for this very name. Throws {@link MetadataError}.
 */
export function assertRoot(
  root: Root,
  by: { readonly gun: string; readonly previous: Root | undefined; readonly now: Date },
): void {
  const { gun, previous, now } = by;
  if (root.expires <= now) throw new MetadataError("the root has expired");
  if (previous !== undefined && !isSigned(root, previous.roles.root))
    throw new MetadataError(
      "could not rotate trust to a new trusted root: the keys of the root before it did not sign it",
    );
  for (const key of root.roles.root.keys) assertRootKey(key, { gun, now });
  if (!isSigned(root, root.roles.root))
    throw new MetadataError("the root's own keys did not sign it, or too few of them");
}

function assertRootKey(key: TufKey, { gun, now }: { gun: string; now: Date }): void {
  if (!isCertificateKey(key)) throw new MetadataError(`the root key ${key.id} has no certificate`);
  const certificate = readRootCertificate(key);
  const fault = findFault(certificate, { gun, now });
  if (fault !== undefined)
    throw new MetadataError(`the certificate of the root key ${key.id} ${fault}`);
}

function readRootCertificate(key: TufKey): X509Certificate {
  try {
    return readCertificate(key);
  } catch (cause) {
    throw new MetadataError(`the certificate of the root key ${key.id} cannot be read`, { cause });
  }
}

function findFault(
  certificate: X509Certificate,
  { gun, now }: { gun: string; now: Date },
): string | undefined {
  const name = commonNameOf(certificate);
  if (certificate.ca) return "is one of an authority";
  if (!isForGun(name, gun)) return `is for ${JSON.stringify(name)} and not for ${gun}`;
  if (certificate.validToDate <= now) return "has expired";
  if (certificate.validFromDate >= certificate.validToDate) return "is never valid";
  if (/sha1|md5/i.test(certificate.signatureAlgorithm ?? "")) return "is signed by a broken hash";
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return asymmetricKeyType === "rsa" && bits < SMALLEST_RSA_BITS ? "has a weak key" : undefined;
}

/** A name that ends with `*` is for everything that begins so. */
function isForGun(name: string, gun: string): boolean {
  return name.endsWith("*") ? gun.startsWith(name.slice(0, -1)) : name === gun;
}
