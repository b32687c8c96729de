export { createAccountRoutes } from "./account-routes.ts";
export { Accounts } from "./accounts.ts";
export {
  type Account,
  type AccountTables,
  findAccount,
  findAccountByName,
  listAccountsByEmail,
  updateAccount,
} from "./accounts-store.ts";
export { createFirstAdministrator } from "./first-administrator.ts";
export { createHtpasswdAuthenticator } from "./htpasswd-authenticator.ts";
export { HtpasswdFile } from "./htpasswd-file.ts";
export { type Holder, type LoginClaim, Logins, type SecretVerifier } from "./logins.ts";
export { createMailWishRoutes } from "./mail-wishes/mail-wish-routes.ts";
export { createAccountTables } from "./migration-0004.ts";
export { createSessionTables } from "./migration-0009.ts";
export { createSignUpTables } from "./migration-0010.ts";
export { createProfiles } from "./migration-0016.ts";
export { indexHubRoles } from "./migration-0021.ts";
export { indexAddressesAndSessions } from "./migration-0032.ts";
export { addIdentitiesOfLogins } from "./migration-0039.ts";
export { addOfficialMails } from "./migration-0096.ts";
export { OneTimeLinks } from "./one-time-links.ts";
export { removeLinks } from "./one-time-links-store.ts";
export { endLoginsBy } from "./openings-store.ts";
export { getOwnAccount } from "./own-account.ts";
export { Passwords } from "./passwords.ts";
export { type By, PersonalTokens } from "./personal-tokens.ts";
export type { PersonalToken } from "./personal-tokens-store.ts";
export { createPersonas } from "./personas.ts";
export { toPersona, toPrincipal } from "./principal-of.ts";
export { createProfileRoutes } from "./profile-routes.ts";
export { Profiles } from "./profiles.ts";
export { rescueAdministrator } from "./rescue-administrator.ts";
export { hashSecret, makeSecret } from "./secrets.ts";
export { BrowserLogin } from "./sessions/browser-login.ts";
export { type OpenSession, openBrowserSession } from "./sessions/open-session.ts";
export { createSessionRoutes } from "./sessions/session-routes.ts";
export { Sessions, type SessionTimes, sessionOf } from "./sessions/sessions.ts";
export { EmailChanges } from "./sign-up/email-changes.ts";
export { type HandOver, passOn } from "./sign-up/hand-over.ts";
export type { InvitationKind } from "./sign-up/invitation-kind.ts";
export { createInvitationRoutes } from "./sign-up/invitation-routes.ts";
export { Invitations } from "./sign-up/invitations.ts";
export { createLinkPages } from "./sign-up/link-pages.ts";
export { PasswordResets } from "./sign-up/password-resets.ts";
export { RequestGate } from "./sign-up/request-gate.ts";
export { createSignUpRoutes } from "./sign-up/sign-up-routes.ts";
export { type SignUpPolicy, SignUps } from "./sign-up/sign-ups.ts";
export { TwoFactor } from "./two-factor/two-factor.ts";
export { createTwoFactorRoutes } from "./two-factor/two-factor-routes.ts";
export {
  createTwoFactorDuty,
  type TwoFactorDuty,
  type TwoFactorPolicy,
} from "./two-factor-duty.ts";
export { createUserRoutes } from "./user-routes.ts";
