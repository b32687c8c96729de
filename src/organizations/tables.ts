import type { ColumnType, Generated } from "kysely";
import type { RepositoryAction } from "../access/index.ts";
import type { AccountTables } from "../accounts/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { MailId } from "../platform/mail/index.ts";
import type { RepositoryId, RepositoryTables } from "../repositories/index.ts";

export type TeamId = number & { readonly __brand: "TeamId" };
export type MachineId = string & { readonly __brand: "MachineId" };
export type CustomRoleId = number & { readonly __brand: "CustomRoleId" };
export type RightId = number & { readonly __brand: "RightId" };
export type SubjectKind = "account" | "team";
/** What a member is, unless it is of the organization's own making: each role holds what those after it do. */
export type MemberRole = "owner" | "contributor" | "member";
export type MachineKind = "robot" | "organization token";

/** The rows this capability owns, and those of others that it reads or writes through their owners. */
export interface OrganizationTables extends AccountTables, RepositoryTables {
  organizations: {
    id: NamespaceId;
    full_name: string;
    created_at: number;
    /** Whether it gives people nothing who have no two-factor login. */
    asks_two_factor: Generated<0 | 1>;
  };
  members: {
    organization_id: NamespaceId;
    account_id: NamespaceId;
    /** `member` where a role of the organization's own making holds instead. */
    role: MemberRole;
    custom_role_id: CustomRoleId | null;
    created_at: number;
    /** The identity whose groups brought it; null for what people gave. */
    synced_by: ColumnType<string | null, string | null | undefined, string | null>;
  };
  custom_roles: {
    id: Generated<CustomRoleId>;
    organization_id: NamespaceId;
    name: string;
    description: string;
    /** JSON: a list of permissions. */
    permissions: string;
    created_at: number;
  };
  /** What is given to a repository of the namespace when it comes to be. */
  default_rights: {
    namespace_id: NamespaceId;
    subject_kind: SubjectKind;
    subject_id: number;
    actions: string;
    tags: string | null;
    create_only: 0 | 1;
    created_at: number;
  };
  teams: {
    id: Generated<TeamId>;
    organization_id: NamespaceId;
    name: string;
    description: string;
    created_at: number;
  };
  team_members: {
    team_id: TeamId;
    account_id: NamespaceId;
    synced_by: ColumnType<string | null, string | null | undefined, string | null>;
  };
  rights: {
    id: Generated<RightId>;
    namespace_id: NamespaceId;
    subject_kind: SubjectKind;
    subject_id: number;
    /** 0 for a right by pattern. */
    repository_id: RepositoryId | 0;
    /** Of names within the namespace; empty for a right to one repository. */
    pattern: string;
    /** JSON: a list of actions. */
    actions: string;
    /** Only pushes of tags that match; null for all. */
    tags: string | null;
    /** Only pushes of tags that are not there yet. */
    create_only: 0 | 1;
    created_at: number;
  };
  machines: {
    id: MachineId;
    organization_id: NamespaceId;
    kind: MachineKind;
    label: string;
    description: string;
    /** JSON: a list of permits. */
    resources: string;
    /** When they were given; null: with the machine itself. */
    resources_at: number | null;
    created_by: string;
    created_at: number;
    expires_at: number | null;
    disabled_at: number | null;
    /** 0 for what reads images without using them, such as a scanner. */
    counts_as_pull: Generated<0 | 1>;
    last_used_at: number | null;
    last_used_address: string | null;
    last_used_client: string | null;
  };
  organization_settings: {
    organization_id: NamespaceId;
    restricts_images: 0 | 1;
    allows_official: 0 | 1;
    /** Kept for those who ask; no publisher is verified so far. */
    allows_verified: 0 | 1;
  };
  organization_invitations: {
    id: string;
    organization_id: NamespaceId;
    /** Who is invited: an account, */
    account_id: NamespaceId | null;
    /** or whoever reads the mail of this address, in lower case. */
    email: string | null;
    /** `member` where a role of the organization's own making holds instead. */
    role: MemberRole;
    custom_role_id: CustomRoleId | null;
    /** Whose right to give this it stands on. */
    invited_by: NamespaceId;
    created_at: number;
    expires_at: number;
    mail_id: MailId | null;
  };
  organization_invitation_teams: { invitation_id: string; team_id: TeamId };
  machine_secrets: {
    secret_hash: string;
    machine_id: MachineId;
    created_at: number;
    expires_at: number | null;
  };
}

/** A right as it stands in its row. */
export interface Right {
  readonly actions: readonly RepositoryAction[];
  readonly pattern: string;
  readonly tags: string | undefined;
  readonly createOnly: boolean;
}
