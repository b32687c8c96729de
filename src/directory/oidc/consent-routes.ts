import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { assertNotCrossSite } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { COMMAND_CONSENT_PATH, comparisonCodeOf } from "../../contract/single-sign-on.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { CommandLogins } from "./command-logins.ts";
import type { LoginFlows, Purpose } from "./login-flow.ts";

export interface ConsentRouteDeps extends PublicAddress {
  readonly flows: LoginFlows;
  readonly commandLogins: CommandLogins;
}

type Consent = Extract<Purpose, { kind: "consent" }>;

const config = { access: "public" } as const;
/** The form's answer sends the browser on to the command, which a browser counts as the form's doing. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http://127.0.0.1:*; base-uri 'none'; frame-ancestors 'none'";

/**
 * Between the provider, which may know the person and ask nothing, and the command that gets a token: without a word from
 * them, any link to this hub would be a login for whatever listens on their machine.
 */
export function createConsentRoutes(deps: ConsentRouteDeps): FastifyPluginAsyncZod {
  const { flows, commandLogins } = deps;
  const open = ({ raw }: FastifyRequest) => {
    const purpose = flows.find(raw, deps.baseUrlOf(raw))?.purpose;
    if (purpose?.kind === "consent") return purpose;
    const detail = "this browser has no login to allow, or began it too long ago: begin again";
    throw new ProblemError(PROBLEMS.SSO_INVALID, { detail });
  };
  return async (app) => {
    // What the form sends is the cookie: it has no fields.
    app.addContentTypeParser("application/x-www-form-urlencoded", (_request, body, done) => {
      body.resume();
      body.once("end", () => done(null)).once("error", done);
    });
    const page = { response: { 200: z.string() } };
    app.get(COMMAND_CONSENT_PATH, { config, schema: page }, async (request, reply) => {
      const consent = open(request);
      reply.header("Content-Security-Policy", POLICY).type("text/html; charset=utf-8");
      return reply.send(
        printPage(consent, new URL(deps.baseUrlOf(request.raw) ?? "http://hub").host),
      );
    });
    app.post(COMMAND_CONSENT_PATH, { config }, async (request, reply: FastifyReply) => {
      const baseUrl = deps.baseUrlOf(request.raw);
      assertNotCrossSite(request.raw, baseUrl);
      const { accountId, identityId, challenge, port, state } = open(request);
      reply.header("Set-Cookie", flows.end(baseUrl));
      const whose = { accountId: accountId as NamespaceId, identityId };
      const code = commandLogins.offer({ ...whose, challenge });
      const query = new URLSearchParams({ code, state });
      return reply.redirect(`http://127.0.0.1:${port}/?${query}`, 303);
    });
  };
}

function printPage(consent: Consent, host: string): string {
  const { user, machine, address, challenge, begunAt } = consent;
  const facts = [
    ["Account", user],
    ["Machine", machine],
    [
      "Begun",
      `${new Date(begunAt).toISOString().slice(0, 19).replace("T", " ")} UTC, from ${address}`,
    ],
    ["Code", comparisonCodeOf(challenge)],
  ].map(([label = "", text = ""]) => `<dt>${label}</dt><dd>${toText(text)}</dd>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Allow a login of berth</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}dt{font-weight:600}dd{margin:0 0 .5rem}button{font:inherit;padding:.5rem 1rem}</style>
</head>
<body>
<main>
<h1>Allow this login?</h1>
<p>The command <code>berth login</code> asks ${toText(host)} for a login that may push, pull and delete as you.</p>
<dl>
${facts.join("\n")}
</dl>
<p>Allow it only if you typed the command just now and it shows the same code. Otherwise close this page.</p>
<form method="post" action="${COMMAND_CONSENT_PATH}"><button type="submit">Allow the login</button></form>
</main>
</body>
</html>
`;
}

function toText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
