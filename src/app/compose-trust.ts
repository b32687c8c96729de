import type { Logger } from "pino";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import type { RequestObserver } from "../platform/observability/index.ts";
import { createTrust, type Trust } from "../trust/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { HubTables } from "./stores.ts";

export interface TrustSettings {
  readonly keyAlgorithm: "ed25519" | "ecdsa";
}

/** In every mode: whoever may push may sign, and whoever may pull may verify. */
export function composeTrust(
  settings: TrustSettings,
  parts: PublicAddress & {
    readonly database: Database<HubTables>;
    readonly identity: Pick<Identity, "access" | "authenticator">;
    readonly sealing: Sealing;
    readonly isReadOnly: boolean;
    readonly observe: RequestObserver;
    readonly clock: () => Date;
    readonly log: Logger;
  },
): Trust {
  const { identity } = parts;
  return createTrust({ ...parts, ...settings, ...identity, ...identity.access });
}
