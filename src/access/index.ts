export { type Caller, callerOf, createAccessGuard } from "./access-guard.ts";
export { createAccountsAuthoriser } from "./accounts-authoriser.ts";
export { answerTooMany } from "./answer-too-many.ts";
export {
  type Authentication,
  type Authenticator,
  createOpenAuthenticator,
  type Proof,
  type Refusal,
} from "./authenticator.ts";
export {
  type Authoriser,
  createOpenAuthoriser,
  createUsersOnlyAuthoriser,
  type Decision,
  type Permission,
  type Right,
} from "./authoriser.ts";
export { parseBasic } from "./basic-credentials.ts";
export type { BrowserSessions } from "./browser-sessions.ts";
export {
  describeGranter,
  describeLimit,
  describeRight,
  explainDenial,
  printDenial,
} from "./explanation.ts";
export type { Attempt, Deed, Journal, OpenTransaction } from "./journal.ts";
export { LoginUnavailable } from "./login-unavailable.ts";
export { isNamePattern, matchesName, matchesText } from "./name-pattern.ts";
export {
  ANONYMOUS,
  type Credential,
  type Origin,
  type Permit,
  type Principal,
  type RepositoryAction,
} from "./principal.ts";
export { describeWrong, hostsOf, originOf, proofOf, shortClient } from "./proof.ts";
export type { RepositoryRights } from "./repository-rights.ts";
export { assertNotCrossSite } from "./same-origin.ts";
export { describeOwed, SecondFactorRequired } from "./second-factor-required.ts";
export {
  printNoSessionCookie,
  printSessionCookie,
  readSessionCookie,
} from "./session-cookie.ts";
export {
  type ImageRestrictor,
  isMadeFor,
  permits,
  type Standing,
  type Standings,
  type Subject,
  type TagRule,
} from "./standing.ts";
export { createRepositoryRights } from "./standing-rights.ts";
export { TooManyAttempts } from "./too-many-attempts.ts";
