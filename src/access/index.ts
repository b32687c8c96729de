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
export { ANONYMOUS, type Principal } from "./principal.ts";
export { describeWrong, proofOf } from "./proof.ts";
export { TooManyAttempts } from "./too-many-attempts.ts";
