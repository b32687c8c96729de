import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { answerTooMany, callerOf } from "../../access/index.ts";
import {
  recoveryCodes,
  TWO_FACTOR_PATH,
  twoFactorCode,
  twoFactor as twoFactorSchema,
  twoFactorSecret,
} from "../../contract/two-factor.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { Accounts } from "../accounts.ts";
import { getOwnAccount } from "../own-account.ts";
import type { BrowserLogin } from "../sessions/browser-login.ts";
import type { TwoFactor } from "./two-factor.ts";

export interface TwoFactorRouteDeps extends Pick<PublicAddress, "baseUrlOf"> {
  readonly accounts: Accounts;
  readonly twoFactor: TwoFactor;
  readonly login: Pick<BrowserLogin, "showCode">;
}

const config = { access: "account", isOwnLogin: true } as const;
const sensitive = { access: "account", isOwnLogin: true, isSensitive: true } as const;
const nothing = z.null();

/** How people turn the second factor on and off. What weakens it asks for a code, whoever asks. */
export function createTwoFactorRoutes(deps: TwoFactorRouteDeps): FastifyPluginAsyncZod {
  const { accounts, twoFactor, login } = deps;
  return async (app) => {
    const get = { response: { 200: twoFactorSchema } };
    app.get(TWO_FACTOR_PATH, { config, schema: get }, async (request) => {
      const account = await getOwnAccount(accounts, callerOf(request).by);
      const { since, recoveryCodesLeft } = await twoFactor.getStatus(account);
      const isOn = since !== undefined;
      return { isOn, recoveryCodesLeft, ...(isOn ? { since: since.toISOString() } : {}) };
    });
    const begin = { response: { 201: twoFactorSecret } };
    app.post(TWO_FACTOR_PATH, { config: sensitive, schema: begin }, async (request, reply) => {
      const account = await getOwnAccount(accounts, callerOf(request).by);
      const issuer = URL.parse(deps.baseUrlOf(request.raw) ?? "")?.host ?? "Berth";
      return reply.code(201).send(await twoFactor.begin(account, issuer));
    });
    const confirm = { body: twoFactorCode, response: { 200: recoveryCodes } };
    const confirmPath = `${TWO_FACTOR_PATH}/confirm`;
    app.post(confirmPath, { config: sensitive, schema: confirm }, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      const codes = await twoFactor.enable(account, request.body.code, caller);
      return { recoveryCodes: [...codes] };
    });
    const disable = { body: twoFactorCode, response: { 204: nothing } };
    app.delete(TWO_FACTOR_PATH, { config, schema: disable }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      await answerTooMany(reply, () => login.showCode(account, caller, request.body.code));
      await twoFactor.disable(account, caller);
      return reply.code(204).send(null);
    });
    const renew = { body: twoFactorCode, response: { 200: recoveryCodes } };
    const renewPath = `${TWO_FACTOR_PATH}/recovery-codes`;
    app.post(renewPath, { config, schema: renew }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      await answerTooMany(reply, () => login.showCode(account, caller, request.body.code));
      return { recoveryCodes: [...(await twoFactor.renewRecoveryCodes(account, caller))] };
    });
    const operate = { access: "operate", isSensitive: true } as const;
    const user = { params: z.object({ name: z.string().max(255) }), response: { 204: nothing } };
    const userPath = "/api/v1/users/:name/two-factor";
    app.delete(userPath, { config: operate, schema: user }, async (request, reply) => {
      await twoFactor.reset(await accounts.get(request.params.name), callerOf(request));
      return reply.code(204).send(null);
    });
  };
}
