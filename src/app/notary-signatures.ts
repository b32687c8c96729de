import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../repositories/index.ts";
import type { KnownSignature } from "../signing/index.ts";
import { TrustedTargets } from "../trust/index.ts";

/** What is signed with Docker Content Trust, as policies and pages know signatures of other kinds: one for each role and key. */
export function createNotarySignatures(deps: ConstructorParameters<typeof TrustedTargets>[0]) {
  const targets = new TrustedTargets(deps);
  return async (
    place: Repository,
    digests: readonly Digest[],
  ): Promise<readonly KnownSignature[]> => {
    const signatures: KnownSignature[] = [];
    for (const digest of digests) {
      for (const { gun, role, keys, rootKeys, expires } of await targets.find(place, digest)) {
        for (const { id, name } of keys) {
          const signer = { kind: "notary", gun, role, rootKeys, key: id, owner: name } as const;
          signatures.push({
            ...{ ...VERIFIED, digest, subject: digest, entry: 0, expiresAt: expires },
            ...{ signer, signers: [signer] },
          });
        }
      }
    }
    return signatures;
  };
}

/** Its dates are those that clients wrote, not those of a log. */
const VERIFIED = {
  format: "notary",
  state: "verified",
  kind: "signature",
  reason: undefined,
  predicateType: undefined,
  predicate: undefined,
  signedAt: undefined,
  verifiedAt: undefined,
} as const;
