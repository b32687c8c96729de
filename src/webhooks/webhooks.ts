import {
  type Deed,
  isNamePattern,
  type Journal,
  type Origin,
  type Principal,
} from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { HookEvent } from "../contract/webhooks.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import { type OutboundClient, OutboundRefused } from "../platform/outbound/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import {
  countWaitingOf,
  findDelivery,
  insertDelivery,
  listDeliveries,
  listForReplay,
} from "./deliveries-store.ts";
import { saysOf, type WebhookFormat } from "./formats/formats.ts";
import { findTemplateFault } from "./formats/template.ts";
import { contextOf } from "./hook-secrets.ts";
import type { Delivery, Webhook, WebhookId, WebhookTables } from "./tables.ts";
import {
  countWebhooks,
  countWebhooksWithin,
  findWebhook,
  insertWebhook,
  listWebhooksOf,
  removeWebhook,
  setWebhookActive,
} from "./webhooks-store.ts";

const IN_ALL = 10_000;
const PER_NAMESPACE = 500;
const PER_TARGET = 50;
const REPLAYED = 5000;
/** Beyond it nothing is sent by hand. */
const WAITING = 5000;

export interface By {
  readonly by: Principal;
  readonly origin: Origin;
}

/** Whose events a hook is for. */
export interface WebhookTarget {
  readonly namespaceId: NamespaceId | undefined;
  readonly repositoryId: RepositoryId | undefined;
  /** Of the repository, or the namespace; "" for the hub. */
  readonly name: string;
}

export interface NewWebhook {
  readonly label: string;
  readonly url: string;
  readonly format: WebhookFormat;
  readonly events: readonly HookEvent[];
  readonly repositories?: string | undefined;
  readonly tags?: string | undefined;
  readonly secret?: string | undefined;
  readonly template?: string | undefined;
}

interface WebhooksDeps {
  readonly database: Database<WebhookTables>;
  readonly outbound: Pick<OutboundClient, "assertAllowed">;
  readonly sealing: Pick<Sealing, "seal">;
  readonly journal: Journal;
  /** Called after it changed who hears of what. */
  readonly onChange: () => Promise<void>;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/** Who hears of what. Whether the caller may change it is decided before. */
export class Webhooks {
  readonly #deps: WebhooksDeps;

  constructor(deps: WebhooksDeps) {
    this.#deps = deps;
  }

  /** Throws NAME_INVALID, WEBHOOK_UNFIT, ADDRESS_REFUSED or TOO_MANY. */
  async create(target: WebhookTarget, wish: NewWebhook & By): Promise<Webhook> {
    const { by, origin, label, url, format, events, repositories, tags, secret, template } = wish;
    this.#assertAddress(url);
    assertWords(wish);
    if (repositories !== undefined && !isNamePattern(repositories)) {
      const detail = `"${repositories}" is no pattern of names of repositories, such as acme/api-*`;
      throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
    }
    const { namespaceId, repositoryId } = target;
    const id = this.#deps.randomId() as WebhookId;
    const sealedSecret = secret && this.#deps.sealing.seal(secret, contextOf(id));
    const hook = {
      ...{ id, namespaceId, repositoryId, label, url, format, events, repositories, tags },
      ...{ sealedSecret, template },
      createdBy: by.name,
      createdAt: this.#deps.clock(),
    };
    await this.#deps.database.write(async (trx) => {
      await assertRoom(trx, target);
      await insertWebhook(trx, hook);
      const after = { label, url, format, events, isSigned: secret !== undefined };
      await this.#record(trx, { by, origin, target, action: "webhook.create", after });
    });
    await this.#deps.onChange();
    return { ...hook, isActive: true };
  }

  /** The hub's throws what a user of the hub can put right. */
  #assertAddress(url: string): void {
    try {
      this.#deps.outbound.assertAllowed(url);
    } catch (cause) {
      if (!(cause instanceof OutboundRefused)) throw cause;
      throw new ProblemError(PROBLEMS.ADDRESS_REFUSED, { detail: cause.message, cause });
    }
  }

  async list(target: WebhookTarget): Promise<readonly Webhook[]> {
    return await listWebhooksOf(this.#deps.database.reader, target);
  }

  /** Throws NOT_FOUND. */
  async get(id: string): Promise<Webhook> {
    const found = await findWebhook(this.#deps.database.reader, id);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  async setActive(
    hook: Webhook,
    wish: { isActive: boolean; target: WebhookTarget } & By,
  ): Promise<void> {
    const { isActive, target, by, origin } = wish;
    await this.#deps.database.write(async (trx) => {
      await setWebhookActive(trx, hook.id, isActive ? undefined : this.#deps.clock());
      const after = { label: hook.label, isActive };
      await this.#record(trx, { by, origin, target, action: "webhook.update", after });
    });
    await this.#deps.onChange();
  }

  async remove(
    hook: Webhook,
    { target, by, origin }: { target: WebhookTarget } & By,
  ): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      await removeWebhook(trx, hook.id);
      const before = { label: hook.label, url: hook.url };
      await this.#record(trx, { by, origin, target, action: "webhook.delete", before });
    });
    await this.#deps.onChange();
  }

  /** Sends something to see whether it arrives, as soon as anything else. Throws TOO_MANY. */
  async ping(hook: Webhook): Promise<void> {
    const body = JSON.stringify({ event: "ping", webhook: hook.id, label: hook.label });
    const { clock, database } = this.#deps;
    await database.write(async (trx) => {
      await assertPatient(trx, hook);
      await insertDelivery(trx, {
        webhookId: hook.id,
        orderingKey: `ping ${hook.id}`,
        event: "ping",
        contentType: "application/json",
        body,
        now: clock(),
      });
    });
  }

  async listDeliveries(
    hook: Webhook,
    page: { before: number | undefined; limit: number },
  ): Promise<readonly Delivery[]> {
    return await listDeliveries(this.#deps.database.reader, { webhook: hook.id, ...page });
  }

  /** Sends the same body once more, behind what waits. Throws NOT_FOUND or TOO_MANY. */
  async redeliver(hook: Webhook, id: number): Promise<void> {
    const { clock, database } = this.#deps;
    const found = await findDelivery(database.reader, { webhook: hook.id, id });
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    await database.write(async (trx) => {
      await assertPatient(trx, hook);
      await insertDelivery(trx, { ...found, now: clock() });
    });
  }

  /**
   * Sends once more, in their order and behind what waits: all dead letters of the last month, or everything made since a
   * time. Answers how many. Throws TOO_MANY.
   */
  async replay(
    hook: Webhook,
    wish: { readonly since: Date | undefined; readonly target: WebhookTarget } & By,
  ): Promise<number> {
    const { since, target, by, origin } = wish;
    const { database, clock } = this.#deps;
    return await database.write(async (trx) => {
      await assertPatient(trx, hook);
      const found = await listForReplay(trx, { webhook: hook.id, since, limit: REPLAYED + 1 });
      if (found.length > REPLAYED) {
        const detail = `these are more than ${REPLAYED} deliveries: say a later time`;
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
      }
      for (const delivery of found) await insertDelivery(trx, { ...delivery, now: clock() });
      const after = { label: hook.label, since: since?.toISOString() ?? null, sent: found.length };
      await this.#record(trx, { by, origin, target, action: "webhook.replay", after });
      return found.length;
    });
  }

  async #record(
    trx: Parameters<Journal["record"]>[0],
    deed: {
      readonly target: WebhookTarget;
      readonly action: Deed["action"];
      readonly before?: Record<string, unknown>;
      readonly after?: Record<string, unknown>;
    } & By,
  ): Promise<void> {
    const { target, ...rest } = deed;
    const account = target.name.split("/", 1)[0] ?? "";
    await this.#deps.journal.record(trx, { ...rest, account, name: target.name });
  }
}

/** Throws WEBHOOK_UNFIT: a hook that could never send anything is a mistake of whoever makes it. */
function assertWords(wish: Pick<NewWebhook, "format" | "events" | "template">): void {
  const { format, events, template } = wish;
  if ((format === "template") !== (template !== undefined)) {
    const detail = "a template goes with the format template, and that format needs one";
    throw new ProblemError(PROBLEMS.WEBHOOK_UNFIT, { detail });
  }
  const fault = template === undefined ? undefined : findTemplateFault(template);
  if (fault !== undefined) throw new ProblemError(PROBLEMS.WEBHOOK_UNFIT, { detail: fault });
  if (events.some((event) => saysOf(format, event))) return;
  const detail = `the format ${format} has no words for ${events.join(", ")}`;
  throw new ProblemError(PROBLEMS.WEBHOOK_UNFIT, { detail });
}

/** Nobody takes the room of others: whoever has many repositories has no more hooks for that. Throws TOO_MANY. */
async function assertRoom(
  trx: Parameters<typeof listWebhooksOf>[0],
  target: WebhookTarget,
): Promise<void> {
  if ((await listWebhooksOf(trx, target)).length >= PER_TARGET)
    throw tooMany(`there are at most ${PER_TARGET} webhooks for one thing`);
  if ((await countWebhooksWithin(trx, target)) >= PER_NAMESPACE)
    throw tooMany(`a namespace and its repositories have at most ${PER_NAMESPACE} webhooks`);
  if ((await countWebhooks(trx)) >= IN_ALL) throw tooMany(`a hub has at most ${IN_ALL} webhooks`);
}

/** Nothing is sent by hand to who has not taken that much: it would only wait. Throws TOO_MANY. */
async function assertPatient(
  trx: Parameters<typeof listWebhooksOf>[0],
  { id }: Webhook,
): Promise<void> {
  if ((await countWaitingOf(trx, id)) < WAITING) return;
  throw tooMany(`${WAITING} deliveries of this webhook wait already: see berth webhook deliveries`);
}

function tooMany(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.TOO_MANY, { detail });
}
