export {
  type AccountCard,
  type AccountCondition,
  type AccountField,
  findAccounts,
} from "./account-cards.ts";
export { createActivityRoutes } from "./activity-routes.ts";
export { CatalogAccess } from "./catalog-access.ts";
export { createCatalogRoutes } from "./catalog-routes.ts";
export { createEventRoutes } from "./event-routes.ts";
export { createImageRoutes } from "./image-routes.ts";
export { LiveEvents } from "./live-events.ts";
export { LiveJobs } from "./live-jobs.ts";
export { findMembers, type MemberCard } from "./member-cards.ts";
export { createOperatingRoutes, type OperatingDeps } from "./operating-routes.ts";
export { createOrganizationPageRoutes } from "./organization-routes.ts";
export { Platforms } from "./platforms.ts";
export { RepositoryChanges } from "./repository-changes.ts";
export { createTagDeletionRoutes } from "./tag-deletion-routes.ts";
export {
  countTags,
  type FindStored,
  findTagDetails,
  listTagDetails,
  type TagDetails,
  type TagImage,
} from "./tag-details.ts";
export { TagNames } from "./tag-names.ts";
export { createTagRoutes } from "./tag-routes.ts";
export { countTeams, findTeamName, listTeamCards } from "./team-cards.ts";
