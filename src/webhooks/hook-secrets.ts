import type { Database } from "../platform/db/index.ts";
import { isSealed, type Sealing } from "../platform/keys/index.ts";
import type { WebhookId, WebhookTables } from "./tables.ts";
import { listWebhooks, setSealedSecret } from "./webhooks-store.ts";

/** A sealed secret opens for the hook that it was made for, and for no other. */
export function contextOf(id: WebhookId): string {
  return `webhook ${id}`;
}

/** Former versions kept secrets in the clear. Dying half-way leaves all as they were, and the next start does it. */
export async function sealOldSecrets({
  database,
  sealing,
}: {
  readonly database: Database<WebhookTables>;
  readonly sealing: Sealing;
}): Promise<void> {
  const old = (await listWebhooks(database.reader)).filter(
    ({ sealedSecret }) => sealedSecret !== undefined && !isSealed(sealedSecret),
  );
  if (old.length === 0) return;
  await database.write(async (trx) => {
    for (const { id, sealedSecret = "" } of old)
      await setSealedSecret(trx, id, sealing.seal(sealedSecret, contextOf(id)));
  });
}
