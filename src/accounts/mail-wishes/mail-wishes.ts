import type { Journal } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { type Account, type AccountTables, findAccount, updateAccount } from "../accounts-store.ts";
import type { By } from "../personal-tokens.ts";

/** Which mails somebody wants, of those that are sent without being asked for. */
export interface MailWishes {
  readonly officialImages: boolean;
}

export type MailWishChange = { readonly [Wish in keyof MailWishes]?: MailWishes[Wish] | undefined };

interface MailWishDeps {
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
}

export function toMailWishes({ wantsOfficialMails }: Account): MailWishes {
  return { officialImages: wantsOfficialMails };
}

/** What is not named stays. Whether the caller may change it is decided before. */
export async function changeMailWishes(
  { database, journal }: MailWishDeps,
  { id, name }: Account,
  { officialImages, by, origin }: MailWishChange & By,
): Promise<MailWishes> {
  return await database.write(async (trx) => {
    const account = await findAccount(trx, id);
    if (account === undefined) throw new Error("the account that asks is not there");
    const before = toMailWishes(account);
    const after = { officialImages: officialImages ?? before.officialImages };
    await updateAccount(trx, id, { official_mails: after.officialImages ? 1 : 0 });
    const deed = { by, origin, action: "account.mails.update" as const, account: name, name };
    await journal.record(trx, { ...deed, before: { ...before }, after });
    return after;
  });
}
