import type { Database } from "../../platform/db/index.ts";
import type { ForeignAccounts, Policy } from "../foreign-accounts.ts";
import { type Identity, listIdentitiesBy } from "../identities-store.ts";
import type { IdentityTables } from "../tables.ts";
import { LDAP, type LdapDirectory } from "./ldap-directory.ts";

const PAGE = 100;
/** Of many failures. */
const TOLD = 10;

interface Following {
  readonly database: Database<IdentityTables>;
  readonly directory: LdapDirectory;
  readonly foreignAccounts: Pick<ForeignAccounts, "follow">;
  readonly policy: Policy;
}

/**
 * Looks after everybody whom the directory is known to know: their personal tokens do not ask it. Stops with LoginUnavailable
 * when it does not answer, so that nobody is taken for gone who is merely out of sight. One person whom it cannot bring up to
 * date keeps it from no other; what failed is thrown together at the end.
 */
export async function followPeople(deps: Following, signal: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  let last = "";
  for (let size = PAGE; size === PAGE; ) {
    const page = await listIdentitiesBy(deps.database.reader, { issuer: LDAP, last, limit: PAGE });
    for (const identity of page) {
      if (signal.aborted) return;
      const failure = await follow(deps, identity);
      if (failure !== undefined) failures.push(failure);
    }
    size = page.length;
    last = page.at(-1)?.id ?? "";
  }
  if (failures.length > 0) {
    const message = `${failures.length} people could not be brought up to date`;
    throw new AggregateError(failures.slice(0, TOLD), message);
  }
}

/** Answers what failed. Throws when the directory does not answer. */
async function follow(
  { directory, foreignAccounts, policy }: Following,
  identity: Identity,
): Promise<unknown> {
  const person = await directory.findBySubject(identity.subject);
  try {
    await foreignAccounts.follow(identity, { person, policy });
    return undefined;
  } catch (cause) {
    return cause;
  }
}
