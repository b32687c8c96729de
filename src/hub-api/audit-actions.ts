/** What can be asked for in an audit log, as Docker Hub groups and names it; what is only this hub's is named alike. */
export const HUB_AUDIT_ACTIONS = {
  repo: {
    label: "Repository",
    actions: {
      create: "Repository created",
      update: "Repository description changed",
      delete: "Repository deleted",
      change_privacy: "Repository made public or private",
      rename: "Repository renamed",
      transfer: "Repository given to another namespace",
      "immutable.tags.updated": "Immutable tags changed",
      "tag.format.updated": "Names of tags restricted",
      "protected.tags.updated": "Protected tags changed",
      "tag.override.ask": "Exception from immutable tags asked for",
      "tag.override.approve": "Exception from immutable tags approved",
      "tag.override.withdraw": "Exception from immutable tags taken back",
      "tag.push": "Tag pushed",
      "tag.delete": "Tag deleted",
      "manifest.delete": "Image deleted",
      "right.give": "Right given",
      "right.take": "Right taken",
      "default_visibility.update": "Visibility of new repositories changed",
      "default_right.give": "Right to new repositories given",
      "default_right.take": "Right to new repositories taken",
    },
  },
  org: {
    label: "Organization",
    actions: {
      create: "Organization created",
      delete: "Organization deleted",
      rename: "Organization renamed",
      "member.add": "Member added",
      "member.remove": "Member removed",
      "member.role.change": "Role of a member changed",
      "member.invite.send": "Member invited",
      "member.invite.resend": "Invitation sent again",
      "member.invite.cancel": "Invitation cancelled",
      "member.invite.accept": "Invitation accepted",
      "member.invite.decline": "Invitation declined",
      "team.create": "Team created",
      "team.update": "Team changed",
      "team.delete": "Team deleted",
      "team.member.add": "Member of a team added",
      "team.member.remove": "Member of a team removed",
      "settings.update": "Settings changed",
      "immutable.tags.updated": "Immutable tags of all repositories changed",
      "protected.tags.updated": "Protected tags of all repositories changed",
      "tag.format.updated": "Names of tags of all repositories restricted",
      "access_token.create": "Access token created",
      "access_token.update": "Access token changed",
      "access_token.rotate": "Access token rotated",
      "access_token.delete": "Access token deleted",
      "robot.create": "Robot created",
      "robot.update": "Robot changed",
      "robot.rotate": "Robot rotated",
      "robot.delete": "Robot deleted",
      "customrole.create": "Role created",
      "customrole.update": "Role changed",
      "customrole.delete": "Role deleted",
    },
  },
} as const satisfies Readonly<
  Record<string, { readonly label: string; readonly actions: Readonly<Record<string, string>> }>
>;

/** Of an action's whole name, such as `repo.tag.push`; its name where there is no sentence for it. */
export function describeAction(name: string): string {
  const [group = "", ...rest] = name.split(".");
  const known: Readonly<Record<string, { readonly actions: Readonly<Record<string, string>> }>> =
    HUB_AUDIT_ACTIONS;
  return known[group]?.actions[rest.join(".")] ?? name;
}
