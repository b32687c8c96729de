import { join } from "node:path";
import type { Logger } from "pino";
import type { RepositoryChanges } from "../catalog/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Registry } from "../registry/index.ts";
import { createScanning, type Scanning } from "../scanning/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { Telling } from "./compose-telling.ts";
import { createScopeAccess } from "./scope-access.ts";
import type { HubTables, Stores } from "./stores.ts";

export type ScanOptions = Pick<
  Parameters<typeof createScanning>[0],
  /** Whether images are scanned as they come. */
  "follows" | "trustsClaims" | "rescanAfterMs" | "attaches"
>;

/** In every mode: whoever may pull an image may know what is in it. */
export function composeScanning(parts: {
  readonly data: string;
  readonly scans: ScanOptions;
  readonly version: string;
  readonly database: Database<HubTables>;
  readonly blobs: Stores["blobs"];
  readonly identity: Pick<Identity, "access" | "authority">;
  readonly registry: Pick<Registry, "attacher">;
  readonly telling: Pick<Telling, "interest">;
  readonly findingChanges: Pick<RepositoryChanges, "note" | "noteIn">;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}): Scanning {
  const { data, identity, telling, scans } = parts;
  return createScanning({
    ...parts,
    ...identity.access,
    advisories: join(data, "advisories"),
    ...scans,
    attacher: parts.registry.attacher,
    decisionAccess: createScopeAccess(parts),
    onChanged: (digest) => parts.findingChanges.note(digest),
    onDecided: (scope) => parts.findingChanges.noteIn(scope),
    wants: (kind) => telling.interest.wants(kind),
  });
}
