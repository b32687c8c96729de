import type { Logger } from "pino";
import type { KeyedLock } from "../../lib/keyed-lock.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BlobInventory } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { recordEvent } from "../../platform/jobs/outbox.ts";
import { findBlob, setBlobState } from "../store/blobs-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import type { BlobRights } from "./blob-rights.ts";
import type { VerifiedCopies } from "./verified-copies.ts";

interface QuarantineDeps {
  readonly database: Database<RegistryTables>;
  readonly inventory: BlobInventory;
  readonly locks: KeyedLock;
  readonly rights: BlobRights;
  readonly verified: VerifiedCopies;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Takes a blob whose bytes are rotten out of sight. HEAD then answers 404, so that clients push it again. */
export type Quarantine = (digest: Digest, why: string) => Promise<void>;

export function createQuarantine(deps: QuarantineDeps): Quarantine {
  return async (digest, why) => {
    using _lock = await deps.locks.acquire(digest);
    await deps.database.write(async (trx) => {
      const blob = await findBlob(trx, digest);
      if (blob?.state !== "live") return;
      const now = deps.clock();
      await setBlobState(trx, blob.id, { state: "quarantined", now });
      await recordEvent(trx, {
        topic: "blob.quarantined",
        orderingKey: digest,
        payload: { digest, why },
        at: now,
      });
    });
    deps.rights.forgetAll();
    deps.verified.forget(digest);
    await failPoint("quarantine.before-move");
    // The row says quarantined already: a crash here leaves the file where nobody reads it.
    await deps.inventory.quarantine(digest);
    deps.log.error({ digest, why }, "blob quarantined");
  };
}
