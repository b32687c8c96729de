export { createCategoryRoutes } from "./category-routes.ts";
export { Describer } from "./describer.ts";
export { facetLine } from "./facets.ts";
export { findFacets } from "./facets-store.ts";
export { createFacets } from "./migration-0078.ts";
export type { DiscoveryTables } from "./tables.ts";
