export { createPullTables } from "./migration-0014.ts";
export { createTraffic } from "./migration-0037.ts";
export { addPullers } from "./migration-0074.ts";
export { createTrafficDays } from "./migration-0090.ts";
export { type PullLimitSettings, PullLimits } from "./pull-limits.ts";
export { PullLog } from "./pull-log.ts";
export { findTagPull, noteTag, trimHours } from "./pulls-store.ts";
export { createStarRoutes } from "./star-routes.ts";
export { Stars } from "./stars.ts";
export {
  listLastPulls,
  listLastPullsOfTags,
  type RepositoryNumbers,
  Statistics,
} from "./statistics.ts";
export type { PullTables } from "./tables.ts";
export { createTrafficDayRoutes } from "./traffic-day-routes.ts";
export { trimDays } from "./traffic-days.ts";
export { TrafficLog } from "./traffic-log.ts";
export { createUsageRoutes } from "./usage-routes.ts";
