export { Activity } from "./activity.ts";
export { createAuditRoutes } from "./audit-routes.ts";
export { type AuditRule, assertMayLook } from "./audit-rule.ts";
export type { ActivityTables } from "./entries-store.ts";
export type { Entry } from "./entry.ts";
export { createActivityTables } from "./migration-0007.ts";
export { removeOldEntries } from "./retention.ts";
export { type Verdict, verifyDatabase, verifyExport } from "./verify-audit.ts";
