import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { callerOf } from "../access/index.ts";
import { profileChange, profile as profileSchema } from "../contract/accounts.ts";
import type { Accounts } from "./accounts.ts";
import { getOwnAccount } from "./own-account.ts";
import type { Profiles } from "./profiles.ts";

export interface ProfileRouteDeps {
  readonly accounts: Accounts;
  readonly profiles: Profiles;
}

const config = { access: "account" } as const;
const PATH = "/api/v1/account/profile";

/** What people tell of themselves, for them to read and change. */
export function createProfileRoutes({
  accounts,
  profiles,
}: ProfileRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const response = { 200: profileSchema };
    app.get(PATH, { config, schema: { response } }, async (request) =>
      profiles.get(await getOwnAccount(accounts, callerOf(request).by)),
    );
    const schema = { body: profileChange, response };
    app.patch(PATH, { config, schema }, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      return await profiles.change(account, request.body, caller);
    });
  };
}
