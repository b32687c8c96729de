import type { Kysely, Selectable } from "kysely";
import type { HookEvent } from "../contract/webhooks.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { findRepositoryById, type RepositoryId } from "../repositories/index.ts";
import type { Webhook, WebhookId, WebhookTables } from "./tables.ts";

type Db = Kysely<WebhookTables>;

export async function insertWebhook(trx: Db, hook: Omit<Webhook, "isActive">): Promise<void> {
  await trx
    .insertInto("webhooks")
    .values({
      id: hook.id,
      namespace_id: hook.namespaceId ?? null,
      repository_id: hook.repositoryId ?? null,
      label: hook.label,
      url: hook.url,
      format: hook.format,
      events: JSON.stringify(hook.events),
      repositories: hook.repositories ?? null,
      tags: hook.tags ?? null,
      secret: hook.sealedSecret ?? null,
      template: hook.template ?? null,
      created_by: hook.createdBy,
      created_at: hook.createdAt.getTime(),
      disabled_at: null,
    })
    .execute();
}

export async function findWebhook(db: Db, id: string): Promise<Webhook | undefined> {
  const row = await db
    .selectFrom("webhooks")
    .selectAll()
    .where("id", "=", id as WebhookId)
    .executeTakeFirst();
  return row && toWebhook(row);
}

/** Of one repository, of one namespace as such, or of the hub as such. */
export async function listWebhooksOf(
  db: Db,
  target: {
    readonly namespaceId: NamespaceId | undefined;
    readonly repositoryId: RepositoryId | undefined;
  },
): Promise<readonly Webhook[]> {
  const { namespaceId = null, repositoryId = null } = target;
  const rows = await db
    .selectFrom("webhooks")
    .selectAll()
    .where("namespace_id", namespaceId === null ? "is" : "=", namespaceId)
    .where("repository_id", repositoryId === null ? "is" : "=", repositoryId)
    .orderBy("created_at")
    .execute();
  return rows.map(toWebhook);
}

export async function countWebhooks(db: Db): Promise<number> {
  const row = await db
    .selectFrom("webhooks")
    .select(({ fn }) => fn.countAll<number>().as("hooks"))
    .executeTakeFirstOrThrow();
  return Number(row.hooks);
}

/** Of a namespace and of all repositories in it: of whose making they are, whatever they are for. */
export async function countWebhooksWithin(
  db: Db,
  target: {
    readonly namespaceId: NamespaceId | undefined;
    readonly repositoryId: RepositoryId | undefined;
  },
): Promise<number> {
  const owner =
    target.repositoryId === undefined
      ? target.namespaceId
      : (await findRepositoryById(db, target.repositoryId))?.namespaceId;
  if (owner === undefined) return 0;
  const row = await db
    .selectFrom("webhooks")
    .leftJoin("repositories", "repositories.id", "webhooks.repository_id")
    .select(({ fn }) => fn.countAll<number>().as("hooks"))
    .where((is) =>
      is.or([is("webhooks.namespace_id", "=", owner), is("repositories.namespace_id", "=", owner)]),
    )
    .executeTakeFirstOrThrow();
  return Number(row.hooks);
}

/** A bounded number, see `Webhooks`. */
export async function listWebhooks(db: Db): Promise<readonly Webhook[]> {
  const rows = await db.selectFrom("webhooks").selectAll().orderBy("created_at").execute();
  return rows.map(toWebhook);
}

export async function setWebhookActive(
  trx: Db,
  id: WebhookId,
  disabledAt: Date | undefined,
): Promise<void> {
  await trx
    .updateTable("webhooks")
    .set({ disabled_at: disabledAt?.getTime() ?? null })
    .where("id", "=", id)
    .execute();
}

export async function setSealedSecret(trx: Db, id: WebhookId, sealedSecret: string): Promise<void> {
  await trx.updateTable("webhooks").set({ secret: sealedSecret }).where("id", "=", id).execute();
}

export async function removeWebhook(trx: Db, id: WebhookId): Promise<void> {
  await trx.deleteFrom("webhook_deliveries").where("webhook_id", "=", id).execute();
  await trx.deleteFrom("webhooks").where("id", "=", id).execute();
}

/**
 * Those of repositories of which not even the row is left, and of users and organizations that are gone, once they have told
 * what they were to tell.
 */
export async function trimWebhooks(trx: Db): Promise<void> {
  const waiting = trx.selectFrom("webhook_deliveries").select("webhook_id");
  const gone = trx.selectFrom("namespaces").select("id").where("released_at", "is not", null);
  const repositories = trx.selectFrom("repositories").select("id");
  await trx
    .deleteFrom("webhooks")
    .where((is) =>
      is.or([
        is.and([is("repository_id", "is not", null), is("repository_id", "not in", repositories)]),
        is("namespace_id", "in", gone),
      ]),
    )
    .where("id", "not in", waiting.where("state", "=", "waiting"))
    .execute();
}

/** With what they were still to tell. */
export async function removeWebhooksOf(trx: Db, repository: RepositoryId): Promise<void> {
  const hooks = trx.selectFrom("webhooks").select("id").where("repository_id", "=", repository);
  await trx.deleteFrom("webhook_deliveries").where("webhook_id", "in", hooks).execute();
  await trx.deleteFrom("webhooks").where("repository_id", "=", repository).execute();
}

function toWebhook(row: Selectable<WebhookTables["webhooks"]>): Webhook {
  return {
    id: row.id,
    namespaceId: row.namespace_id ?? undefined,
    repositoryId: row.repository_id ?? undefined,
    label: row.label,
    url: row.url,
    format: row.format,
    events: JSON.parse(row.events) as HookEvent[],
    repositories: row.repositories ?? undefined,
    tags: row.tags ?? undefined,
    sealedSecret: row.secret ?? undefined,
    template: row.template ?? undefined,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    isActive: row.disabled_at === null,
  };
}
