import { matchesName } from "../access/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Repository } from "../repositories/index.ts";
import { type Endpoint, wantsKind } from "./endpoints.ts";
import type { EventKind } from "./events/happening.ts";
import type { Webhook, WebhookTables } from "./tables.ts";
import { listWebhooks } from "./webhooks-store.ts";

/**
 * What anybody wants to hear of. Asked before an event is written that costs something on a way that is walked often, such as
 * a pull: what no one listens to is not written down.
 */
export class Interest {
  readonly #database: Pick<Database<WebhookTables>, "reader">;
  readonly #endpoints: readonly Endpoint[];
  #ofHooks: ReadonlySet<EventKind> = new Set();
  #hooks: readonly Webhook[] = [];

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

  /** Whether one of them could be told of such an event in the repository. */
  covers(kind: EventKind, repository: Repository): boolean {
    if (this.#endpoints.some((one) => wantsKind(one, kind))) return true;
    return this.#hooks.some(
      (hook) => hook.events.some((event) => event === kind) && couldHear(hook, repository),
    );
  }

  /** Call it at the start, after a hook changed, and every few seconds. */
  async refresh(): Promise<void> {
    const hooks = await listWebhooks(this.#database.reader);
    this.#hooks = hooks.filter((hook) => hook.isActive);
    this.#ofHooks = new Set(this.#hooks.flatMap((hook) => hook.events));
  }
}

function couldHear({ repositoryId, namespaceId, repositories }: Webhook, one: Repository) {
  if (repositoryId !== undefined) return repositoryId === one.id;
  if (namespaceId !== undefined && namespaceId !== one.namespaceId) return false;
  return repositories === undefined || matchesName(repositories, one.name);
}
