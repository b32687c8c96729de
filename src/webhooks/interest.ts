import type { Database } from "../platform/db/index.ts";
import { type Endpoint, wantsKind } from "./endpoints.ts";
import type { EventKind } from "./events/happening.ts";
import type { WebhookTables } from "./tables.ts";
import { listWebhooks } from "./webhooks-store.ts";

/**
 * What anybody wants to hear of. Asked before an event is written that costs something on a way that is walked often, such as
 * a pull: what no one listens to is not written down.
 */
export class Interest {
  readonly #database: Pick<Database<WebhookTables>, "reader">;
  readonly #endpoints: readonly Endpoint[];
  #ofHooks: ReadonlySet<EventKind> = new Set();

  constructor(deps: {
    readonly database: Pick<Database<WebhookTables>, "reader">;
    readonly endpoints: readonly Endpoint[];
  }) {
    this.#database = deps.database;
    this.#endpoints = deps.endpoints;
  }

  /** Answered from memory. A hook that another process made counts after a few seconds. */
  wants(kind: EventKind): boolean {
    return this.#ofHooks.has(kind) || this.#endpoints.some((one) => wantsKind(one, kind));
  }

  /** Call it at the start, after a hook changed, and every few seconds. */
  async refresh(): Promise<void> {
    const hooks = await listWebhooks(this.#database.reader);
    this.#ofHooks = new Set(hooks.filter((hook) => hook.isActive).flatMap((hook) => hook.events));
  }
}
