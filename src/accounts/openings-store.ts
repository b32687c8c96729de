import type { Kysely } from "kysely";
import type { AccountTables, SessionId } from "./accounts-store.ts";

/** Ends the sessions and the logins of commands that an identity opened; one session stays if that is named. */
export async function endLoginsBy(
  trx: Kysely<AccountTables>,
  identityId: string,
  except = "",
): Promise<void> {
  await trx
    .deleteFrom("browser_sessions")
    .where("identity_id", "=", identityId)
    .where("id", "!=", except as SessionId)
    .execute();
  await trx.deleteFrom("personal_tokens").where("identity_id", "=", identityId).execute();
}
