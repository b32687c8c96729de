import type { Kysely } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import { type OneTimeLinkTables, removeLinks } from "./one-time-links-store.ts";

/** What one-time links of accounts are for. */
export const LINK_PURPOSES = {
  signUp: "sign-up",
  email: "email",
  password: "password",
  invitation: "invitation",
} as const;

/** Every link to a new password of the account. */
export function passwordLinksOf(id: NamespaceId) {
  return { purpose: LINK_PURPOSES.password, subject: String(id) };
}

/** No link outlives a change of what it leads around: whoever asked for it may not be the one who is to get in any more. */
export async function removeLinksOf(
  trx: Kysely<OneTimeLinkTables>,
  id: NamespaceId,
): Promise<void> {
  for (const purpose of [LINK_PURPOSES.password, LINK_PURPOSES.email])
    await removeLinks(trx, { purpose, subject: String(id) });
}
