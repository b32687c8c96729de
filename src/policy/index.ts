export { createPolicies, type Policies, type PolicyDeps } from "./create-policies.ts";
export type { ImageScan } from "./judge.ts";
export { createPullPolicies } from "./migration-0047.ts";
export { createPullReports } from "./migration-0048.ts";
export { addBaseRepositories } from "./migration-0058.ts";
export type { PolicyTables } from "./tables.ts";
