export { findMembers, type MemberCard } from "./member-cards.ts";
export {
  countTags,
  findTagDetails,
  listTagDetails,
  type TagDetails,
  type TagImage,
} from "./tag-details.ts";
export { countTeams, findTeamName, listTeamCards } from "./team-cards.ts";
