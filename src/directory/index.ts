export { ForeignAccounts, type Policy } from "./foreign-accounts.ts";
export { Identities } from "./identities.ts";
export { removeIdentities } from "./identities-store.ts";
export { createIdentityRoutes } from "./identity-routes.ts";
export { DirectoryPasswords } from "./ldap/directory-passwords.ts";
export { followPeople } from "./ldap/follow-people.ts";
export { createLdapDirectory, LDAP, type LdapSettings } from "./ldap/ldap-directory.ts";
export { createIdentities } from "./migration-0011.ts";
export type { IdentityTables } from "./tables.ts";
