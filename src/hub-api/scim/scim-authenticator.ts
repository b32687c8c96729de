import { createHash, timingSafeEqual } from "node:crypto";
import type { Authenticator, Principal } from "../../access/index.ts";

const SHOWN = /^bearer +(\S+) *$/i;
const CREDENTIAL = "scim";

/** An identity provider that adds and switches off people. It may do nothing else: no right comes with it. */
const PROVISIONER: Principal = {
  kind: "robot",
  name: "scim",
  credential: { kind: "robot", id: CREDENTIAL, label: "SCIM", permits: [] },
};

/** Knows the configured token of the identity provider, beside what is known without it. */
export function withScimToken(inner: Authenticator, token: string | undefined): Authenticator {
  if (token === undefined) return inner;
  const expected = hash(token);
  return {
    challengeFor: (refusal) => inner.challengeFor(refusal),
    authenticate(proof) {
      const shown = proof === undefined ? undefined : SHOWN.exec(proof.authorization)?.[1];
      if (shown === undefined || !timingSafeEqual(hash(shown), expected))
        return inner.authenticate(proof);
      return PROVISIONER;
    },
  };
}

/** The identity provider, or an administrator who logged in without limits. */
export function mayProvision({ role, credential, granted }: Principal): boolean {
  if (credential === PROVISIONER.credential) return true;
  return role === "administrator" && credential?.permits === undefined && granted === undefined;
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
