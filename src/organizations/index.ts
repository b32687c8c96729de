export { createAccessHelpRoutes } from "./access-help/access-help-routes.ts";
export { Authority, type Need } from "./authority.ts";
export { countCollaborators } from "./collaborators.ts";
export { createDefaultRightRoutes } from "./default-right-routes.ts";
export { DefaultRights } from "./default-rights.ts";
export { giveDefaultRights } from "./default-rights-store.ts";
export type { HoldToQuota } from "./hold-to-quota.ts";
export { nameOf as nameOfInvitee } from "./invitations/invitation-records.ts";
export { createOrganizationInvitationRoutes } from "./invitations/invitation-routes.ts";
export type { OrganizationInvitation } from "./invitations/invitations-store.ts";
export { createOrganizationInvitations } from "./invitations/migration-0022.ts";
export {
  type InviteOutcome,
  OrganizationInvitations,
} from "./invitations/organization-invitations.ts";
export { createReceivedInvitationRoutes } from "./invitations/received-invitation-routes.ts";
export { ReceivedInvitations } from "./invitations/received-invitations.ts";
export { createMachineRoutes } from "./machine-routes.ts";
export { Machines } from "./machines.ts";
export type { Machine } from "./machines-store.ts";
export { createOrganizations } from "./migration-0005.ts";
export { markSyncedMemberships } from "./migration-0011.ts";
export { addResourceTimes } from "./migration-0012.ts";
export { addRoles } from "./migration-0013.ts";
export { addPullCounting } from "./migration-0035.ts";
export { createMoveRoutes, type MoveRouteDeps } from "./move-routes.ts";
export { NamespaceRenames } from "./namespace-renames.ts";
export { createOrganizationRoutes } from "./organization-routes.ts";
export { Organizations } from "./organizations.ts";
export { type Organization, removeStandings } from "./organizations-store.ts";
export { RepositoryDirectory } from "./repository-directory.ts";
export { RepositoryMoves } from "./repository-moves.ts";
export { createRepositoryRoutes } from "./repository-routes.ts";
export { createRightRoutes } from "./right-routes.ts";
export { Rights } from "./rights.ts";
export { putRight, removeRight, removeRightsTo } from "./rights-store.ts";
export { CustomRoles } from "./roles/custom-roles.ts";
export { createRoleRoutes } from "./roles/role-routes.ts";
export { assertMayGiveActions } from "./roles/seats.ts";
export { createOrganizationSettings } from "./settings/migration-0018.ts";
export { addTwoFactorRequirement } from "./settings/migration-0038.ts";
export { OrganizationSettings } from "./settings/organization-settings.ts";
export { createOrganizationTwoFactorRoutes } from "./settings/two-factor-routes.ts";
export type { VouchedImages } from "./settings/vouched-images.ts";
export { RepositoryStandings } from "./standings.ts";
export { SyncedMemberships } from "./synced-memberships.ts";
export type { MemberRole, OrganizationTables, TeamId } from "./tables.ts";
export {
  describeTagHolder,
  findTagHolder,
  isTagHolder,
  type TagHolder,
} from "./tag-holders.ts";
export { Teams } from "./teams.ts";
export type { Team } from "./teams-store.ts";
export { claimUnowned, NameCollision } from "./unowned.ts";
export { VisibleRepositories } from "./visible-repositories.ts";
