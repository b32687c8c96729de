export { createTokens, type Tokens } from "./create-tokens.ts";
export { createTrustRoutes } from "./exchange/trust-routes.ts";
export type { TrustedIssuer } from "./exchange/trust-rules.ts";
export type { Identities } from "./identities.ts";
export { createTokenTables } from "./migration-0006.ts";
export { removePasswordLogins } from "./refresh-tokens-store.ts";
export type { TokenTables } from "./tables.ts";
