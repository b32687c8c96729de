export {
  type AccountCard,
  type AccountCondition,
  type AccountField,
  findAccounts,
} from "./account-cards.ts";
export { CatalogAccess } from "./catalog-access.ts";
export { createCatalogRoutes } from "./catalog-routes.ts";
export { findMembers, type MemberCard } from "./member-cards.ts";
export { Platforms } from "./platforms.ts";
export {
  countTags,
  findTagDetails,
  listTagDetails,
  type TagDetails,
  type TagImage,
} from "./tag-details.ts";
export { countTeams, findTeamName, listTeamCards } from "./team-cards.ts";
