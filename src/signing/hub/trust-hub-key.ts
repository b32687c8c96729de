import type { Kysely } from "kysely";
import type { NamespaceTables } from "../../namespaces/index.ts";
import { addAnchor, findAnchor } from "../store/anchors-store.ts";
import type { SigningTables } from "../tables.ts";
import { raiseRevision } from "./trust-in-force.ts";

/** A key of the hub's own is known everywhere in it. False where its name is taken: then nothing is trusted. */
export async function trustHubKey(
  trx: Kysely<SigningTables & NamespaceTables>,
  key: { readonly name: string; readonly pem: string; readonly createdAt: Date },
): Promise<boolean> {
  if ((await findAnchor(trx, 0, key.name)) !== undefined) return false;
  await addAnchor(trx, 0, { ...key, kind: "key", createdBy: "berth" });
  await raiseRevision(trx, 0);
  return true;
}
