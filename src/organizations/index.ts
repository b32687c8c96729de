export { createOrganizations } from "./migration-0005.ts";
export { Organizations } from "./organizations.ts";
export { RepositoryStandings } from "./standings.ts";
export type { OrganizationTables } from "./tables.ts";
export { VisibleRepositories } from "./visible-repositories.ts";
