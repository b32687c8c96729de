import { TOKEN_ERRORS, type TokenErrorName } from "../../src/tokens/token-error.ts";

/** What a person needs who looks a refusal of the token service up. */
const ADVICE: Readonly<Record<TokenErrorName, string>> = {
  invalid_request: "Something that the request needs is missing; the message names it.",
  invalid_scope:
    "Ask for fewer repositories at once: a token is for at most 50 scopes of 8 KiB together, and no larger than 8 KiB itself.",
  invalid_target:
    "The client was sent here for another registry's token. Log in again; behind a proxy, see that `url` is the address that clients use.",
  unsupported_grant_type:
    "`POST /token` takes `password` and `refresh_token`, `POST /oauth/token` the token exchange of RFC 8693.",
  invalid_grant:
    "The password, token or login is wrong, has ended, or is of an account that is disabled: log in again. A CI job is told what is wrong with its identity token.",
  temporarily_unavailable:
    "The keys of a CI job's issuer could not be had. The hub's log says why; try again.",
  slow_down:
    "Wait for the seconds in `Retry-After`. Whoever tries many passwords is shut out for a while.",
};

/** The reference of what the token service refuses, from the table that it answers with. */
export function renderTokenErrors(): string {
  return [
    "# Errors of the token service",
    "Refusals of `/token` and `/oauth/token` carry both what OAuth clients read (`error`, `error_description`) and what docker shows (`errors`).",
    "| error | status | code for docker | what to do |\n|---|---|---|---|\n" +
      Object.entries(ADVICE).map(renderRow).join("\n"),
  ].join("\n\n");
}

function renderRow([name, advice]: [string, string]): string {
  const { status, code } = TOKEN_ERRORS[name as TokenErrorName];
  return `| \`${name}\` | ${status} | \`${code}\` | ${advice} |`;
}
