export { Accounts } from "./accounts.ts";
export type { Account, AccountTables } from "./accounts-store.ts";
export { createFirstAdministrator } from "./first-administrator.ts";
export { createHtpasswdAuthenticator } from "./htpasswd-authenticator.ts";
export { HtpasswdFile } from "./htpasswd-file.ts";
export { Logins } from "./logins.ts";
export { createAccountTables } from "./migration-0004.ts";
export { Passwords } from "./passwords.ts";
export { PersonalTokens } from "./personal-tokens.ts";
