import type { Kysely } from "kysely";
import type { Journal } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Account, AccountTables } from "./accounts-store.ts";
import type { By } from "./personal-tokens.ts";

/** What somebody tells of themselves; empty texts for what they do not. */
export interface Profile {
  readonly givenName: string;
  readonly familyName: string;
  readonly company: string;
  readonly location: string;
}

export type ProfileChange = { readonly [Field in keyof Profile]?: Profile[Field] | undefined };

const NOTHING: Profile = { givenName: "", familyName: "", company: "", location: "" };

interface ProfilesDeps {
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
}

/** Profiles of accounts. Whether the caller may change one is decided before. */
export class Profiles {
  readonly #deps: ProfilesDeps;

  constructor(deps: ProfilesDeps) {
    this.#deps = deps;
  }

  async get({ id }: Pick<Account, "id">): Promise<Profile> {
    return await findProfile(this.#deps.database.reader, id);
  }

  /** What is not named stays. */
  async change(account: Account, change: ProfileChange, { by, origin }: By): Promise<Profile> {
    const { database, journal, clock } = this.#deps;
    const { id, name } = account;
    return await database.write(async (trx) => {
      const before = await findProfile(trx, id);
      const after = merge(before, change);
      await putProfile(trx, { id, profile: after, now: clock() });
      const deed = { by, origin, action: "account.profile.update" as const, account: name, name };
      await journal.record(trx, { ...deed, before: { ...before }, after: { ...after } });
      return after;
    });
  }
}

function merge(before: Profile, change: ProfileChange): Profile {
  return {
    givenName: change.givenName ?? before.givenName,
    familyName: change.familyName ?? before.familyName,
    company: change.company ?? before.company,
    location: change.location ?? before.location,
  };
}

async function findProfile(db: Kysely<AccountTables>, id: NamespaceId): Promise<Profile> {
  const row = await db
    .selectFrom("profiles")
    .select(["given_name", "family_name", "company", "location"])
    .where("account_id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return NOTHING;
  const { given_name: givenName, family_name: familyName, company, location } = row;
  return { givenName, familyName, company, location };
}

async function putProfile(
  trx: Kysely<AccountTables>,
  { id, profile, now }: { id: NamespaceId; profile: Profile; now: Date },
): Promise<void> {
  const row = {
    given_name: profile.givenName,
    family_name: profile.familyName,
    company: profile.company,
    location: profile.location,
    changed_at: now.getTime(),
  };
  await trx
    .insertInto("profiles")
    .values({ account_id: id, ...row })
    .onConflict((conflict) => conflict.column("account_id").doUpdateSet(row))
    .execute();
}
