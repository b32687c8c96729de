import type { Kysely, Selectable } from "kysely";
import type { Delivery, WebhookId, WebhookTables } from "./tables.ts";

type Db = Kysely<WebhookTables>;

export async function insertDelivery(
  trx: Db,
  delivery: Pick<Delivery, "webhookId" | "orderingKey" | "event" | "contentType" | "body"> & {
    readonly callbackId?: string | undefined;
    readonly now: Date;
  },
): Promise<void> {
  const { webhookId, orderingKey, event, contentType, body, callbackId, now } = delivery;
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
      callback_id: callbackId ?? null,
      callback: null,
    })
    .execute();
}

/**
 * The first of each hook and key that waits, as far as it is due: those after it wait for it. `others` are receivers without
 * a row among the hooks.
 */
export async function listDue(
  db: Db,
  wish: { now: Date; limit: number; others: readonly WebhookId[] },
): Promise<readonly Delivery[]> {
  const { now, limit, others } = wish;
  const first = db
    .selectFrom("webhook_deliveries")
    .leftJoin("webhooks", "webhooks.id", "webhook_deliveries.webhook_id")
    .select((row) => row.fn.min("webhook_deliveries.id").as("id"))
    .where("state", "=", "waiting")
    .where((row) => {
      const isActive = row.and([
        row("webhooks.id", "is not", null),
        row("webhooks.disabled_at", "is", null),
      ]);
      return others.length === 0 ? isActive : row.or([isActive, row("webhook_id", "in", others)]);
    })
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

/** The first of the same hook and key, if it is due. */
export async function findNextWaiting(
  db: Db,
  { after, now }: { after: Delivery; now: Date },
): Promise<Delivery | undefined> {
  const row = await db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("state", "=", "waiting")
    .where("webhook_id", "=", after.webhookId)
    .where("ordering_key", "=", after.orderingKey)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && row.due_at <= now.getTime() ? toDelivery(row) : undefined;
}

export async function countWaiting(db: Db): Promise<number> {
  const row = await db
    .selectFrom("webhook_deliveries")
    .select((count) => count.fn.countAll<number>().as("waiting"))
    .where("state", "=", "waiting")
    .executeTakeFirstOrThrow();
  return Number(row.waiting);
}

/** Of one hook. */
export async function countWaitingOf(db: Db, hook: WebhookId): Promise<number> {
  const row = await db
    .selectFrom("webhook_deliveries")
    .select((count) => count.fn.countAll<number>().as("waiting"))
    .where("state", "=", "waiting")
    .where("webhook_id", "=", hook)
    .executeTakeFirstOrThrow();
  return Number(row.waiting);
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

/** What the receiver of a delivery says of it; false when no delivery has that address, or its receiver said enough. */
export async function putCallback(
  trx: Db,
  callback: { readonly id: string; readonly said: string; readonly most: number },
): Promise<boolean> {
  const { id, said, most } = callback;
  const result = await trx
    .updateTable("webhook_deliveries")
    .set((row) => ({ callback: said, callbacks: row("callbacks", "+", 1) }))
    .where("callback_id", "=", id)
    .where("callbacks", "<", most)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) > 0;
}

/** In their order: dead letters, or whatever was made since. */
export async function listForReplay(
  db: Db,
  wish: { readonly webhook: WebhookId; readonly since: Date | undefined; readonly limit: number },
): Promise<readonly Delivery[]> {
  const { webhook, since, limit } = wish;
  const rows = await db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("webhook_id", "=", webhook)
    .where("state", "!=", "waiting")
    .$if(since === undefined, (query) => query.where("state", "=", "dead"))
    .$if(since !== undefined, (query) => query.where("created_at", ">=", (since as Date).getTime()))
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(toDelivery);
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

/** What waits for an endpoint that is in the configuration no more. */
export async function trimOrphans(
  trx: Db,
  wish: { others: readonly WebhookId[]; before: Date; limit: number },
): Promise<void> {
  const { others, before, limit } = wish;
  const old = trx
    .selectFrom("webhook_deliveries")
    .select("id")
    .where("state", "=", "waiting")
    .where("created_at", "<", before.getTime())
    .where("webhook_id", "not in", trx.selectFrom("webhooks").select("id"))
    .$if(others.length > 0, (query) => query.where("webhook_id", "not in", others))
    .orderBy("id")
    .limit(limit);
  await trx.deleteFrom("webhook_deliveries").where("id", "in", old).execute();
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
    callback: row.callback ?? undefined,
  };
}
