import type { Database } from "../../platform/db/index.ts";
import type { ForeignAccounts, Policy } from "../foreign-accounts.ts";
import { listIdentitiesBy } from "../identities-store.ts";
import type { IdentityTables } from "../tables.ts";
import { LDAP, type LdapDirectory } from "./ldap-directory.ts";

const PAGE = 100;

/**
 * Looks after everybody whom the directory is known to know: their personal tokens do not ask it. Stops with LoginUnavailable
 * when it does not answer, so that nobody is taken for gone who is merely out of sight.
 */
export async function followPeople(
  deps: {
    readonly database: Database<IdentityTables>;
    readonly directory: LdapDirectory;
    readonly foreignAccounts: Pick<ForeignAccounts, "follow">;
    readonly policy: Policy;
  },
  signal: AbortSignal,
): Promise<void> {
  const { database, directory, foreignAccounts, policy } = deps;
  let last = "";
  for (;;) {
    const page = await listIdentitiesBy(database.reader, { issuer: LDAP, last, limit: PAGE });
    for (const identity of page) {
      if (signal.aborted) return;
      const person = await directory.findBySubject(identity.subject);
      await foreignAccounts.follow(identity, { person, policy });
    }
    if (page.length < PAGE) return;
    last = page.at(-1)?.id ?? "";
  }
}
