import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { originOf } from "../../access/index.ts";
import {
  confirmation,
  confirmed,
  passwordReset,
  passwordResetAnswer,
  passwordResetDone,
  passwordResetRequest,
  signUp,
  signUpAnswer,
} from "../../contract/sign-up.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { EmailChanges } from "./email-changes.ts";
import type { PasswordResets } from "./password-resets.ts";
import type { SignUps } from "./sign-ups.ts";

export interface SignUpRouteDeps extends PublicAddress {
  readonly signUps: SignUps;
  readonly emailChanges: EmailChanges;
  readonly passwordResets: PasswordResets;
}

/** Whoever asks here cannot log in, so what they are told must not depend on who they are. */
const config = { access: "public" } as const;

const ASKED = {
  message: "if there is such an account and its address is known, a mail with a link is on its way",
};

/** What people do who have no account yet, or do not get into it. */
export function createSignUpRoutes(deps: SignUpRouteDeps): FastifyPluginAsyncZod {
  const { signUps, emailChanges, passwordResets } = deps;
  return async (app) => {
    const make = { body: signUp, response: { 201: signUpAnswer, 202: signUpAnswer } };
    app.post("/api/v1/sign-up", { config, schema: make }, async (request, reply) => {
      const { invitation, name, password, email } = request.body;
      const wish = { name, password, email };
      const origin = originOf(request.raw, deps);
      const outcome =
        invitation === undefined
          ? await signUps.signUp(wish, origin)
          : await signUps.acceptInvitation({ ...wish, invitation }, origin);
      if (outcome.state === "unconfirmed") return reply.code(202).send(outcome);
      return reply.code(201).send({ name: outcome.account.name, state: outcome.state });
    });
    const confirm = { body: confirmation, response: { 200: confirmed } };
    app.post("/api/v1/confirmations", { config, schema: confirm }, async (request) => {
      const origin = originOf(request.raw, deps);
      const { secret } = request.body;
      // Of two kinds of letters that end in the same link; whoever opens it need not know which it was.
      const isChange = await emailChanges.knows(secret);
      const account = isChange
        ? await emailChanges.confirm(secret, origin)
        : await signUps.confirm(secret, origin);
      return { name: account.name, email: account.email ?? "" };
    });
    const ask = { body: passwordResetRequest, response: { 202: passwordResetAnswer } };
    app.post("/api/v1/password-reset", { config, schema: ask }, async (request, reply) => {
      await passwordResets.request(request.body.account, originOf(request.raw, deps));
      return reply.code(202).send(ASKED);
    });
    const reset = { body: passwordReset, response: { 200: passwordResetDone } };
    app.post("/api/v1/password-reset/confirm", { config, schema: reset }, async (request) => {
      const { name } = await passwordResets.confirm(request.body, originOf(request.raw, deps));
      return { name };
    });
  };
}
