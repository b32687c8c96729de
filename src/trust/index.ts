export { TrustedTargets } from "./collections/trusted-targets.ts";
export { createTrust, type Trust } from "./create-trust.ts";
export { createTrustTables } from "./migration-0044.ts";
export type { TrustTables } from "./tables.ts";
