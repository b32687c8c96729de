export { createAccessGuard } from "./access-guard.ts";
export {
  type Authentication,
  type Authenticator,
  createOpenAuthenticator,
} from "./authenticator.ts";
export {
  ANONYMOUS,
  type Authoriser,
  createOpenAuthoriser,
  createUsersOnlyAuthoriser,
  type Principal,
} from "./authoriser.ts";
