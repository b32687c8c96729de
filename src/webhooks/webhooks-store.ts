import type { Generated, Kysely, Selectable } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import type { OutboxTables } from "../platform/jobs/index.ts";
import type { RepositoryId, RepositoryTables } from "../repositories/index.ts";

export type WebhookId = string & { readonly __brand: "WebhookId" };
export type WebhookFormat =
  | "hub"
  | "distribution"
  | "distribution-v2"
  | "harbor"
  | "quay"
  | "cloudevents"
  | "slack"
  | "json";
export type WebhookEvent = "push" | "delete" | "ping";
export type DeliveryState = "waiting" | "delivered" | "dead";

/** The rows this capability owns, and those of others that it reads. */
export interface WebhookTables extends RepositoryTables, OutboxTables {
  webhooks: {
    id: WebhookId;
    namespace_id: NamespaceId | null;
    repository_id: RepositoryId | null;
    label: string;
    url: string;
    format: WebhookFormat;
    /** JSON: a list of events. */
    events: string;
    repositories: string | null;
    tags: string | null;
    secret: string | null;
    created_by: string;
    created_at: number;
    disabled_at: number | null;
  };
  webhook_deliveries: {
    id: Generated<number>;
    webhook_id: WebhookId;
    /** Deliveries with the same key go out in order: the repository's name. */
    ordering_key: string;
    event: WebhookEvent;
    content_type: string;
    body: string;
    state: DeliveryState;
    attempts: number;
    created_at: number;
    due_at: number;
    ended_at: number | null;
    status: number | null;
    answer: string | null;
  };
  /** One row: the last event that was looked at. */
  webhook_position: { id: number; outbox_id: number };
}

type Db = Kysely<WebhookTables>;

export interface Webhook {
  readonly id: WebhookId;
  readonly namespaceId: NamespaceId | undefined;
  readonly repositoryId: RepositoryId | undefined;
  readonly label: string;
  readonly url: string;
  readonly format: WebhookFormat;
  readonly events: readonly WebhookEvent[];
  /** A pattern of whole names. */
  readonly repositories: string | undefined;
  readonly tags: string | undefined;
  readonly secret: string | undefined;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly isActive: boolean;
}

export interface Delivery {
  readonly id: number;
  readonly webhookId: WebhookId;
  readonly orderingKey: string;
  readonly event: WebhookEvent;
  readonly contentType: string;
  readonly body: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly endedAt: Date | undefined;
  readonly status: number | undefined;
  readonly answer: string | undefined;
}

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
      secret: hook.secret ?? null,
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

export async function removeWebhook(trx: Db, id: WebhookId): Promise<void> {
  await trx.deleteFrom("webhook_deliveries").where("webhook_id", "=", id).execute();
  await trx.deleteFrom("webhooks").where("id", "=", id).execute();
}

export async function insertDelivery(
  trx: Db,
  delivery: Pick<Delivery, "webhookId" | "orderingKey" | "event" | "contentType" | "body"> & {
    now: Date;
  },
): Promise<void> {
  const { webhookId, orderingKey, event, contentType, body, now } = delivery;
  await trx
    .insertInto("webhook_deliveries")
    .values({
      webhook_id: webhookId,
      ordering_key: orderingKey,
      event,
      content_type: contentType,
      body,
      state: "waiting",
      attempts: 0,
      created_at: now.getTime(),
      due_at: now.getTime(),
      ended_at: null,
      status: null,
      answer: null,
    })
    .execute();
}

/** The first of each hook and key that waits, as far as it is due: those after it wait for it. */
export async function listDue(db: Db, now: Date, limit: number): Promise<readonly Delivery[]> {
  const first = db
    .selectFrom("webhook_deliveries")
    .innerJoin("webhooks", "webhooks.id", "webhook_deliveries.webhook_id")
    .select((row) => row.fn.min("webhook_deliveries.id").as("id"))
    .where("state", "=", "waiting")
    .where("webhooks.disabled_at", "is", null)
    .groupBy(["webhook_id", "ordering_key"]);
  const rows = await db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("id", "in", first)
    .where("due_at", "<=", now.getTime())
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(toDelivery);
}

export async function endDelivery(
  trx: Db,
  delivery: Delivery,
  end: { state: "delivered" | "dead"; now: Date; status: number | undefined; answer: string },
): Promise<void> {
  await trx
    .updateTable("webhook_deliveries")
    .set({
      state: end.state,
      attempts: delivery.attempts + 1,
      ended_at: end.now.getTime(),
      status: end.status ?? null,
      answer: end.answer,
    })
    .where("id", "=", delivery.id)
    .execute();
}

export async function postponeDelivery(
  trx: Db,
  delivery: Delivery,
  next: { dueAt: Date; status: number | undefined; answer: string },
): Promise<void> {
  await trx
    .updateTable("webhook_deliveries")
    .set({
      attempts: delivery.attempts + 1,
      due_at: next.dueAt.getTime(),
      status: next.status ?? null,
      answer: next.answer,
    })
    .where("id", "=", delivery.id)
    .execute();
}

/** Newest first. */
export async function listDeliveries(
  db: Db,
  page: { webhook: WebhookId; before: number | undefined; limit: number },
): Promise<readonly Delivery[]> {
  const rows = await db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("webhook_id", "=", page.webhook)
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before as number))
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
  return rows.map(toDelivery);
}

export async function findDelivery(
  db: Db,
  key: { webhook: WebhookId; id: number },
): Promise<Delivery | undefined> {
  const row = await db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("webhook_id", "=", key.webhook)
    .where("id", "=", key.id)
    .executeTakeFirst();
  return row && toDelivery(row);
}

/** What has ended before that time. */
export async function trimDeliveries(trx: Db, before: Date, limit: number): Promise<void> {
  const old = trx
    .selectFrom("webhook_deliveries")
    .select("id")
    .where("state", "!=", "waiting")
    .where("ended_at", "<", before.getTime())
    .orderBy("id")
    .limit(limit);
  await trx.deleteFrom("webhook_deliveries").where("id", "in", old).execute();
}

export async function findPosition(db: Db): Promise<number | undefined> {
  const row = await db.selectFrom("webhook_position").select("outbox_id").executeTakeFirst();
  return row?.outbox_id;
}

export async function setPosition(trx: Db, outboxId: number): Promise<void> {
  await trx
    .insertInto("webhook_position")
    .values({ id: 1, outbox_id: outboxId })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ outbox_id: outboxId }))
    .execute();
}

export async function listOutbox(db: Db, after: number, limit: number) {
  return await db
    .selectFrom("outbox")
    .selectAll()
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

function toWebhook(row: Selectable<WebhookTables["webhooks"]>): Webhook {
  return {
    id: row.id,
    namespaceId: row.namespace_id ?? undefined,
    repositoryId: row.repository_id ?? undefined,
    label: row.label,
    url: row.url,
    format: row.format,
    events: JSON.parse(row.events) as WebhookEvent[],
    repositories: row.repositories ?? undefined,
    tags: row.tags ?? undefined,
    secret: row.secret ?? undefined,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    isActive: row.disabled_at === null,
  };
}

function toDelivery(row: Selectable<WebhookTables["webhook_deliveries"]>): Delivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    orderingKey: row.ordering_key,
    event: row.event,
    contentType: row.content_type,
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
    dueAt: new Date(row.due_at),
    endedAt: row.ended_at === null ? undefined : new Date(row.ended_at),
    status: row.status ?? undefined,
    answer: row.answer ?? undefined,
  };
}
