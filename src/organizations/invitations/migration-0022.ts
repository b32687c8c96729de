import type { Kysely } from "kysely";

/** Who is invited to an organization: an account, or whoever reads the mail of an address. */
export async function createOrganizationInvitations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("organization_invitations")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("organization_id", "integer", (column) => column.notNull())
    .addColumn("account_id", "integer")
    .addColumn("email", "text")
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("custom_role_id", "integer")
    .addColumn("invited_by", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("mail_id", "text")
    // One of the two is null, and nulls are never equal.
    .addUniqueConstraint("organization_invitations_account", ["organization_id", "account_id"])
    .addUniqueConstraint("organization_invitations_email", ["organization_id", "email"])
    .execute();
  for (const column of ["account_id", "email", "invited_by", "custom_role_id", "expires_at"]) {
    await db.schema
      .createIndex(`organization_invitations_by_${column}`)
      .on("organization_invitations")
      .column(column)
      .execute();
  }
  await db.schema
    .createTable("organization_invitation_teams")
    .addColumn("invitation_id", "text", (column) => column.notNull())
    .addColumn("team_id", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("organization_invitation_teams_key", ["invitation_id", "team_id"])
    .execute();
  await db.schema
    .createIndex("organization_invitation_teams_by_team")
    .on("organization_invitation_teams")
    .column("team_id")
    .execute();
}
