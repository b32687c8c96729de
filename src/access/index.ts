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
  type Decision,
  type Principal,
  type Right,
} from "./authoriser.ts";
