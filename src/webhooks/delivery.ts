import { createHmac } from "node:crypto";
import type { Logger } from "pino";
import type { Database } from "../platform/db/index.ts";
import type { OutboundClient } from "../platform/outbound/index.ts";
import {
  type Delivery,
  endDelivery,
  findWebhook,
  listDue,
  postponeDelivery,
  trimDeliveries,
  type Webhook,
  type WebhookTables,
} from "./webhooks-store.ts";

interface DeliveryDeps {
  readonly database: Database<WebhookTables>;
  readonly outbound: Pick<OutboundClient, "post">;
  readonly clock: () => Date;
  readonly log: Logger;
}

const AT_ONCE = 16;
const AT_ONCE_PER_HOOK = 4;
const LOOKED_AT = 200;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** About a week, most of it in steps of a day. */
const ATTEMPTS = 20;
const LOG_KEPT_MS = 30 * 24 * 3_600_000;
const ANSWER_CHARACTERS = 2000;

/**
 * Sends what is due: at least once, in order for each hook and repository. A receiver that is slow or down takes a few of the
 * places at most, so nobody waits for it. What is not taken is tried again after longer and longer waits of up to a day, and
 * is a dead letter in the end.
 */
export class Deliverer {
  readonly #deps: DeliveryDeps;
  readonly #underway = new Map<number, { readonly hook: string; readonly end: Promise<void> }>();

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** Begins as many deliveries as there are places for, and does not wait for them. */
  async begin(): Promise<void> {
    const { database, clock } = this.#deps;
    for (const delivery of await listDue(database.reader, clock(), LOOKED_AT)) {
      if (this.#underway.size >= AT_ONCE) return;
      if (this.#underway.has(delivery.id) || this.#isBusy(delivery.webhookId)) continue;
      const end = this.#deliver(delivery).finally(() => this.#underway.delete(delivery.id));
      this.#underway.set(delivery.id, { hook: delivery.webhookId, end });
    }
  }

  /** Waits for what was begun. */
  async settle(): Promise<void> {
    await Promise.all([...this.#underway.values()].map(({ end }) => end));
  }

  #isBusy(hook: string): boolean {
    const own = [...this.#underway.values()].filter((one) => one.hook === hook);
    return own.length >= AT_ONCE_PER_HOOK;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    try {
      await deliver(this.#deps, delivery);
    } catch (err) {
      // It is due still: the next round sends it again.
      this.#deps.log.error({ err, delivery: delivery.id }, "webhook delivery failed");
    }
  }
}

export async function trimDeliveryLog(
  deps: Pick<DeliveryDeps, "database" | "clock">,
): Promise<void> {
  const before = new Date(deps.clock().getTime() - LOG_KEPT_MS);
  await deps.database.write((trx) => trimDeliveries(trx, before, 10_000));
}

async function deliver(deps: DeliveryDeps, delivery: Delivery): Promise<void> {
  const { database, clock, log } = deps;
  const hook = await findWebhook(database.reader, delivery.webhookId);
  if (hook === undefined) return;
  const { status, answer } = await attempt(deps, hook, delivery);
  const now = clock();
  const end = { now, status, answer: answer.slice(0, ANSWER_CHARACTERS) };
  if (status !== undefined && status >= 200 && status < 300) {
    await database.write((trx) => endDelivery(trx, delivery, { ...end, state: "delivered" }));
  } else if (delivery.attempts + 1 >= ATTEMPTS || status === 410) {
    log.warn({ webhook: hook.id, delivery: delivery.id, status }, "webhook delivery given up");
    await database.write((trx) => endDelivery(trx, delivery, { ...end, state: "dead" }));
  } else {
    const dueAt = new Date(now.getTime() + waitAfter(delivery.attempts));
    await database.write((trx) => postponeDelivery(trx, delivery, { ...end, dueAt }));
  }
}

async function attempt(
  { outbound, clock }: DeliveryDeps,
  hook: Webhook,
  delivery: Delivery,
): Promise<{ status: number | undefined; answer: string }> {
  try {
    const headers = headersFor(hook, delivery, clock());
    const { status, body } = await outbound.post({ url: hook.url, headers, body: delivery.body });
    return { status, answer: body };
  } catch (cause) {
    // Its sentence is in the log of deliveries, where the hook's owner finds it.
    return { status: undefined, answer: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** The signature covers the id and the time too, so that an old delivery cannot be shown again as a new one. */
function headersFor(hook: Webhook, delivery: Delivery, now: Date): Record<string, string> {
  const id = `${hook.id}.${delivery.id}`;
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature =
    hook.secret === undefined
      ? {}
      : {
          "x-berth-signature-256": `sha256=${createHmac("sha256", hook.secret)
            .update(`${id}.${timestamp}.${delivery.body}`)
            .digest("hex")}`,
        };
  return {
    "content-type": delivery.contentType,
    "user-agent": "Berth-Webhook",
    "x-berth-event": delivery.event,
    "x-berth-delivery": id,
    "x-berth-timestamp": timestamp,
    ...signature,
  };
}

function waitAfter(attempts: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
}
