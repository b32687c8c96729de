export { openBuiltPages } from "./built-pages.ts";
export { createHubRoutes } from "./hub-routes.ts";
export { createPageRoutes } from "./page-routes.ts";
export { createPolicyReportRoutes } from "./policy-report-routes.ts";
