import { createHash } from "node:crypto";
import type { MemberCard } from "../catalog/index.ts";
import type { MemberRole } from "../organizations/index.ts";

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
