import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../platform/db/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import type { OutboundClient } from "../platform/outbound/index.ts";
import {
  endDelivery,
  findNextWaiting,
  listDue,
  postponeDelivery,
  trimDeliveries,
  trimOrphans,
} from "./deliveries-store.ts";
import { type Endpoint, idOf } from "./endpoints.ts";
import { type Receiver, receiverOfEndpoint, receiverOfHook } from "./receiver.ts";
import type { Delivery, WebhookId, WebhookTables } from "./tables.ts";
import { findWebhook, trimWebhooks } from "./webhooks-store.ts";

interface DeliveryDeps {
  readonly database: Database<WebhookTables>;
  /** For addresses that users gave. */
  readonly outbound: Pick<OutboundClient, "post">;
  /** For addresses that the operator gave. */
  readonly trusted: Pick<OutboundClient, "post">;
  readonly endpoints: readonly Endpoint[];
  /** Of what hooks sign with. */
  readonly sealing: Pick<Sealing, "unseal">;
  readonly clock: () => Date;
  readonly log: Logger;
}

const AT_ONCE = 16;
const AT_ONCE_PER_HOOK = 4;
const LOOKED_AT = 200;
/** Then others have a turn. */
const IN_A_ROW = 100;
const LOG_KEPT_MS = 30 * 24 * 3_600_000;
const ANSWER_CHARACTERS = 2000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Sends what is due: at least once, in order for each hook and repository. A receiver that is slow or down takes a few of the
 * places at most, so nobody waits for it. What is not taken is tried again after longer and longer waits of up to a day, and
 * is a dead letter in the end; an endpoint of the configuration is tried for ever.
 */
export class Deliverer {
  readonly #deps: DeliveryDeps;
  readonly #lanes = new Map<string, { readonly hook: WebhookId; readonly end: Promise<void> }>();
  #isStopping = false;
  #failures = 0;
  #notBefore = 0;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** Begins as many deliveries as there are places for, and does not wait for them. */
  async begin(): Promise<void> {
    if (performance.now() < this.#notBefore) return;
    const { database, clock, endpoints } = this.#deps;
    const others = endpoints.map(idOf);
    const due = await listDue(database.reader, { now: clock(), limit: LOOKED_AT, others });
    for (const delivery of due) {
      if (this.#lanes.size >= AT_ONCE || this.#isStopping) return;
      const { webhookId: hook, orderingKey } = delivery;
      const lane = `${hook} ${orderingKey}`;
      if (this.#lanes.has(lane) || this.#isBusy(hook)) continue;
      const end = this.#run(delivery).finally(() => this.#lanes.delete(lane));
      this.#lanes.set(lane, { hook, end });
    }
  }

  /** Begins nothing more, and waits for what was begun, or for so long. What fails from now on is as if it was not begun. */
  async settle(patienceMs?: number): Promise<void> {
    this.#isStopping = true;
    const ends = Promise.all([...this.#lanes.values()].map(({ end }) => end));
    if (patienceMs === undefined) await ends;
    else await Promise.race([ends, setTimeout(patienceMs, undefined, { ref: false })]);
  }

  #isBusy(hook: WebhookId): boolean {
    const own = [...this.#lanes.values()].filter((one) => one.hook === hook);
    return own.length >= AT_ONCE_PER_HOOK;
  }

  /** One after another, as long as they are taken. */
  async #run(first: Delivery): Promise<void> {
    let delivery: Delivery | undefined = first;
    try {
      for (let sent = 0; delivery !== undefined && sent < IN_A_ROW; sent += 1) {
        const isEnded = await deliver(this.#deps, delivery, () => this.#isStopping);
        this.#failures = 0;
        if (!isEnded || this.#isStopping) return;
        delivery = await findNextWaiting(this.#deps.database.reader, {
          after: delivery,
          now: this.#deps.clock(),
        });
      }
    } catch (err) {
      // It is due still, and is sent again. Where nothing can be written down, such as on a full disk, that would be over and
      // over: receivers are spared until it may be over.
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#notBefore = performance.now() + pause;
      this.#deps.log.error({ err, delivery: delivery?.id }, "webhook delivery failed");
    }
  }
}

export async function trimDeliveryLog(
  deps: Pick<DeliveryDeps, "database" | "clock" | "endpoints">,
): Promise<void> {
  const before = new Date(deps.clock().getTime() - LOG_KEPT_MS);
  const others = deps.endpoints.map(idOf);
  await deps.database.write(async (trx) => {
    await trimWebhooks(trx);
    await trimDeliveries(trx, before, 10_000);
    await trimOrphans(trx, { others, before, limit: 10_000 });
  });
}

/** False when it is to be tried again. */
async function deliver(
  deps: DeliveryDeps,
  delivery: Delivery,
  isStopping: () => boolean,
): Promise<boolean> {
  const { database, clock, log } = deps;
  const receiver = await findReceiver(deps, delivery);
  if (receiver === undefined) return false;
  const { status, answer } = await attempt(deps, receiver, delivery);
  // The hub went away, and not the receiver.
  if (status === undefined && isStopping()) return false;
  const now = clock();
  const end = { now, status, answer: answer.slice(0, ANSWER_CHARACTERS) };
  const { attempts, createdAt } = delivery;
  const ageMs = now.getTime() - createdAt.getTime();
  const next = receiver.judge({ status, attempts, ageMs });
  if (next.kind === "again") {
    const dueAt = new Date(now.getTime() + next.afterMs);
    await database.write((trx) => postponeDelivery(trx, delivery, { ...end, dueAt }));
    return false;
  }
  if (next.kind === "dead") {
    log.warn(
      { webhook: delivery.webhookId, delivery: delivery.id, status },
      "webhook delivery given up",
    );
  }
  await database.write((trx) => endDelivery(trx, delivery, { ...end, state: next.kind }));
  return true;
}

async function findReceiver(deps: DeliveryDeps, delivery: Delivery): Promise<Receiver | undefined> {
  const { webhookId } = delivery;
  const endpoint = deps.endpoints.find((one) => idOf(one) === webhookId);
  if (endpoint !== undefined) return receiverOfEndpoint(endpoint);
  const hook = await findWebhook(deps.database.reader, webhookId);
  return hook?.isActive ? receiverOfHook(hook, deps.sealing) : undefined;
}

async function attempt(
  { outbound, trusted, clock }: DeliveryDeps,
  receiver: Receiver,
  delivery: Delivery,
): Promise<{ status: number | undefined; answer: string }> {
  const client = receiver.isTrusted ? trusted : outbound;
  try {
    const headers = receiver.headersFor(delivery, clock());
    const { url, timeoutMs } = receiver;
    const { status, body } = await client.post({ url, timeoutMs, headers, body: delivery.body });
    return { status, answer: body };
  } catch (cause) {
    // Its sentence is in the log of deliveries, where the hook's owner finds it.
    return { status: undefined, answer: cause instanceof Error ? cause.message : String(cause) };
  }
}
