export { createAccessGuard } from "./access-guard.ts";
export {
  type Authentication,
  type Authenticator,
  createOpenAuthenticator,
  type Proof,
  type Refusal,
} from "./authenticator.ts";
export { type Authoriser, createOpenAuthoriser, createUsersOnlyAuthoriser } from "./authoriser.ts";
export { parseBasic } from "./basic-credentials.ts";
export {
  ANONYMOUS,
  type Credential,
  type Origin,
  type Permit,
  type Principal,
  type RepositoryAction,
} from "./principal.ts";
export { describeWrong, originOf, proofOf } from "./proof.ts";
export type { RepositoryRights } from "./repository-rights.ts";
export { TooManyAttempts } from "./too-many-attempts.ts";
