/**
 * Every refusal of the HTTP API beside those that hold for any address, by its name for programs: `type` in the answer is
 * `urn:berth:problem:` and the name. docs/errors.md lists them.
 */
const KINDS = {
  NAME_INVALID: { status: 400, title: "the name cannot be used" },
  NAME_TAKEN: { status: 409, title: "the name is taken" },
  SCOPE_INVALID: { status: 400, title: "the scope cannot be given" },
  PASSWORD_UNFIT: { status: 400, title: "the password cannot be used" },
  PASSWORD_WRONG: { status: 403, title: "the current password is wrong" },
  CONFIRM_REQUIRED: { status: 403, title: "this has to be confirmed first" },
  TWO_FACTOR_REQUIRED: { status: 401, title: "the login needs a code beside the password" },
  TWO_FACTOR_OWED: { status: 403, title: "two-factor login is asked for, and off" },
  TWO_FACTOR_ON: { status: 409, title: "two-factor login is on already" },
  TWO_FACTOR_OFF: { status: 409, title: "two-factor login is not on" },
  CODE_WRONG: { status: 403, title: "the code is wrong, or was used already" },
  CROSS_SITE: { status: 403, title: "the request does not come from the hub's own pages" },
  LAST_ADMINISTRATOR: { status: 409, title: "the hub would be left without an administrator" },
  ADDRESS_REFUSED: { status: 400, title: "the hub does not send to this address" },
  WEBHOOK_UNFIT: { status: 400, title: "the webhook cannot be made like this" },
  TOO_MANY: { status: 409, title: "there are too many of these already" },
  SIGN_UP_CLOSED: { status: 403, title: "nobody can sign up here like this" },
  EMAIL_TAKEN: { status: 409, title: "the address has an account already" },
  INVITED_ALREADY: { status: 409, title: "the address is invited already" },
  INVITATION_VOID: { status: 409, title: "the invitation is not in force any more" },
  MAIL_NOT_CONFIGURED: { status: 409, title: "this hub sends no mail" },
  TOO_MANY_REQUESTS: { status: 429, title: "too many requests of this kind" },
  SECOND_PERSON: {
    status: 403,
    title: "whoever asked cannot approve it: that takes somebody else",
  },
  RULE_LOCKED: { status: 409, title: "a level above decides about this, and has locked it" },
  KEY_INVALID: { status: 400, title: "the key or certificate cannot be read" },
  PATTERN_INVALID: { status: 400, title: "the pattern cannot be used" },
  POLICY_INVALID: { status: 400, title: "the policy cannot be read" },
  SIMULATION_REQUIRED: {
    status: 409,
    title:
      "a policy is saved after a simulation of it, of this text and at this place: send the one of its report along",
  },
  RUN_NOT_OVER: { status: 409, title: "the run is not over, or was undone already" },
  LINK_INVALID: { status: 400, title: "the link is not valid, or not any more" },
  QUOTA_EXCEEDED: { status: 403, title: "it does not fit into a quota" },
  CI_RULE_INVALID: { status: 400, title: "the rule for CI jobs cannot be used" },
  PLATFORM_REQUIRED: { status: 400, title: "it is several images: say which" },
  BUILD_RULE_INVALID: { status: 400, title: "the build rule cannot be used" },
  BUILDS_OFF: { status: 409, title: "this hub does not build images" },
  BUILD_SECRET_NONE: { status: 409, title: "the repository has no build secret of that name" },
  BUILD_SOURCE_INVALID: { status: 400, title: "the Git server cannot be used" },
  BUILD_SOURCE_NONE: { status: 409, title: "the repository is built from no other Git server" },
  BUILD_SOURCE_ELSEWHERE: {
    status: 409,
    title: "the repository is built from another Git server: push there",
  },
  BUILD_CONTEXT_INVALID: { status: 400, title: "the build context cannot be used" },
  BUILD_CONTEXT_TOO_LARGE: { status: 413, title: "the build context is too large" },
  BUILD_CONTEXT_GONE: {
    status: 409,
    title: "what was uploaded is not kept: upload it again (berth build upload)",
  },
  BUILD_CACHE_USED: { status: 409, title: "a build uses its layers now" },
  GIT_TOO_LARGE: { status: 403, title: "the Git repository is as large as it may be" },
  BUILD_OVER: { status: 409, title: "the build is over" },
  BUILD_RUNS: { status: 409, title: "the build is not over" },
  BUILD_UPLOAD_INVALID: { status: 400, title: "what the agent built did not come as it is" },
  OFFICIAL_STATE: { status: 409, title: "the submission is not in the state for this" },
  NOT_SCANNED: { status: 409, title: "there is no finished scan of it" },
  TOO_MANY_FILES: { status: 409, title: "its files are not listed" },
  DECISION_INVALID: { status: 400, title: "the decision cannot be made like this" },
  DOCUMENT_INVALID: { status: 400, title: "the document cannot be read" },
  NOT_EMPTY: { status: 409, title: "it still holds something" },
  STILL_HELD: { status: 409, title: "somebody still holds it" },
  LAST_OWNER: { status: 409, title: "the organization would be left without an owner" },
  LAST_LOGIN: { status: 409, title: "the account would be left without a way in" },
  IDENTITY_TAKEN: { status: 409, title: "this identity is another account's" },
  NOT_FOUND: { status: 404, title: "there is nothing at this address" },
  NOT_KEPT: { status: 410, title: "it is not kept any more" },
  UNAUTHORIZED: { status: 401, title: "authentication required" },
  DENIED: { status: 403, title: "you lack the right to do this" },
  SSO_REFUSED: { status: 403, title: "the provider's word opens no account here" },
  SSO_INVALID: { status: 400, title: "this login was not begun here, or is over" },
  LOGIN_UNAVAILABLE: { status: 503, title: "logins cannot be checked now, try again" },
  UNSUPPORTED: { status: 405, title: "this hub does not do that" },
  TOO_MANY_ATTEMPTS: { status: 429, title: "too many failed logins" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof KINDS;

type Kinds = {
  readonly [Name in keyof typeof KINDS]: (typeof KINDS)[Name] & { readonly type: string };
};

export const PROBLEMS = Object.fromEntries(
  Object.entries(KINDS).map(([name, kind]) => [
    name,
    { ...kind, type: `urn:berth:problem:${name}` },
  ]),
) as Kinds;
