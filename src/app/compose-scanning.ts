import { join } from "node:path";
import type { Logger } from "pino";
import type { Database } from "../platform/db/index.ts";
import { createScanning, type Scanning } from "../scanning/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { Telling } from "./compose-telling.ts";
import type { HubTables, Stores } from "./stores.ts";

/** In every mode: whoever may pull an image may know what is in it. */
export function composeScanning(parts: {
  readonly data: string;
  readonly scans: boolean;
  readonly version: string;
  readonly database: Database<HubTables>;
  readonly blobs: Stores["blobs"];
  readonly identity: Pick<Identity, "access">;
  readonly telling: Pick<Telling, "interest">;
  readonly clock: () => Date;
  readonly log: Logger;
}): Scanning {
  const { data, identity, telling, scans: follows } = parts;
  return createScanning({
    ...parts,
    ...identity.access,
    advisories: join(data, "advisories"),
    follows,
    wants: (kind) => telling.interest.wants(kind),
  });
}
