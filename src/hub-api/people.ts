import { createHash } from "node:crypto";
import type { MemberCard } from "../catalog/index.ts";
import type { MemberRole, OrganizationInvitation } from "../organizations/index.ts";

/** Docker Hub's names of the roles: to ask for, and to show. */
export const HUB_ROLES = { owner: "owner", editor: "contributor", member: "member" } as const;
const SHOWN: Readonly<Record<MemberRole, string>> = {
  owner: "Owner",
  contributor: "Editor",
  member: "Member",
};

/** An id as Docker Hub's look, for tools that expect one; the same thing always has the same. */
export function hubId(kind: "user" | "team", id: number): string {
  return createHash("sha256").update(`${kind} ${id}`).digest("hex").slice(0, 32);
}

/** As Docker Hub lists people: a role of the organization's own is a member's. */
export function roleOf({ role }: Pick<OrganizationInvitation, "role">): MemberRole {
  return role.id === undefined ? (role.name as MemberRole) : "member";
}

/** Somebody who is invited, in a list of members. What their account says of them is not for those who wait for them. */
export function toHubInvitee(invitation: OrganizationInvitation) {
  const { id, invitee, createdAt, teams } = invitation;
  const email = invitee.kind === "address" ? invitee.email : "";
  return {
    id: id.replaceAll("-", ""),
    company: "",
    date_joined: createdAt.toISOString(),
    full_name: "",
    gravatar_email: "",
    gravatar_url: "",
    location: "",
    profile_url: "",
    type: "Invitee",
    username: invitee.kind === "account" ? invitee.account.name : "",
    email,
    primary_email: email,
    role: SHOWN[roleOf(invitation)],
    groups: teams.map(({ name }) => name),
    is_guest: false,
  };
}

/** Docker Hub's `org_member`. What this hub does not know of people is empty. */
export function toHubMember(card: MemberCard) {
  const { accountId, name, email = "", joinedAt, role, teams, fullName, company, location } = card;
  return {
    id: hubId("user", accountId),
    company,
    date_joined: joinedAt.toISOString(),
    full_name: fullName,
    gravatar_email: "",
    gravatar_url: "",
    location,
    profile_url: "",
    type: "User",
    username: name,
    email,
    primary_email: email,
    role: SHOWN[role],
    groups: [...teams],
    is_guest: false,
  };
}
