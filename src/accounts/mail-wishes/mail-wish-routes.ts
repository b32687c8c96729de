import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Journal } from "../../access/index.ts";
import { callerOf } from "../../access/index.ts";
import { MAILS_PATH, mailWishChange, mailWishes } from "../../contract/mail-wishes.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Accounts } from "../accounts.ts";
import type { AccountTables } from "../accounts-store.ts";
import { getOwnAccount } from "../own-account.ts";
import { changeMailWishes, toMailWishes } from "./mail-wishes.ts";

interface MailWishRouteDeps {
  readonly accounts: Accounts;
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
}

const config = { access: "account" } as const;

/** Which mails people want, for them to see and choose. */
export function createMailWishRoutes(deps: MailWishRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const response = { 200: mailWishes };
    app.get(MAILS_PATH, { config, schema: { response } }, async (request) =>
      toMailWishes(await getOwnAccount(deps.accounts, callerOf(request).by)),
    );
    const schema = { body: mailWishChange, response };
    app.patch(MAILS_PATH, { config, schema }, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(deps.accounts, caller.by);
      return await changeMailWishes(deps, account, { ...request.body, ...caller });
    });
  };
}
