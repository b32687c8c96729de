import { z } from "zod";
import { HubUnreachable } from "./hub-error.ts";
import { assertPassed, type RegistryCall } from "./registry-login.ts";
import { USER_AGENT } from "./user-agent.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const githubAnswer = z.object({ value: z.string() });
const exchangeAnswer = z.object({ access_token: z.string(), expires_in: z.number() });

/**
 * The identity token of the CI job that this runs in: of GitHub and those that took over its interface, or from
 * `BERTH_ID_TOKEN`, where GitLab and others put one. Undefined outside of a job.
 */
export async function findIdentityToken(
  { signal }: Pick<RegistryCall, "signal">,
  environment: Environment,
  audience: string,
): Promise<string | undefined> {
  const { BERTH_ID_TOKEN, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } =
    environment;
  if (BERTH_ID_TOKEN) return BERTH_ID_TOKEN;
  if (!ACTIONS_ID_TOKEN_REQUEST_URL || !ACTIONS_ID_TOKEN_REQUEST_TOKEN) return undefined;
  const url = new URL(ACTIONS_ID_TOKEN_REQUEST_URL);
  url.searchParams.set("audience", audience);
  const authorization = `Bearer ${ACTIONS_ID_TOKEN_REQUEST_TOKEN}`;
  const answer = await fetch(url, { headers: { authorization }, signal });
  if (!answer.ok) {
    throw new HubUnreachable(`the CI service gave no identity token: it answered ${answer.status}`);
  }
  return githubAnswer.parse(await answer.json()).value;
}

/** A password for the job, by the word of its issuer (RFC 8693). */
export async function exchangeIdentityToken(
  { url, signal }: RegistryCall,
  identityToken: string,
  organization: string | undefined,
): Promise<{ readonly password: string; readonly expiresInSeconds: number }> {
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: identityToken,
    subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
    ...(organization === undefined ? {} : { organization }),
  });
  const target = new URL("/oauth/token", url);
  const answer = await fetch(target, {
    method: "POST",
    headers: USER_AGENT,
    body: form,
    redirect: "error",
    signal,
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new HubUnreachable(`no hub answers at ${url.origin}`, { cause });
  });
  await assertPassed(answer);
  const { access_token, expires_in } = exchangeAnswer.parse(await answer.json());
  return { password: access_token, expiresInSeconds: expires_in };
}
