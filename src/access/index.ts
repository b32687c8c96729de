export { createAccessGuard } from "./access-guard.ts";
export {
  type Authentication,
  type Authenticator,
  createOpenAuthenticator,
} from "./authenticator.ts";
export { type Authoriser, createOpenAuthoriser, createUsersOnlyAuthoriser } from "./authoriser.ts";
export { ANONYMOUS, type Principal } from "./principal.ts";
