import { matchesName, matchesText } from "../access/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { findWholeRepository, type Repository } from "../repositories/index.ts";
import { FORMATS } from "./formats.ts";
import { type Happening, toHappening } from "./happening.ts";
import {
  findPosition,
  insertDelivery,
  listOutbox,
  listWebhooks,
  setPosition,
  type Webhook,
  type WebhookTables,
} from "./webhooks-store.ts";

interface FanOutDeps {
  readonly database: Database<WebhookTables>;
  /** Where clients reach the hub, without a slash at its end. */
  readonly baseUrl: string;
  readonly clock: () => Date;
}

type Trx = Parameters<Parameters<Database<WebhookTables>["write"]>[0]>[0];

const BATCH = 200;

/**
 * Makes deliveries of what happened since the last time, for whoever wants to hear of it. The deliveries and the position up
 * to which events were looked at are one transaction: an event is never forgotten and never fanned out twice.
 */
export async function fanOut(deps: FanOutDeps): Promise<void> {
  for (;;) {
    const position = await findPosition(deps.database.reader);
    const rows = await listOutbox(deps.database.reader, position ?? 0, BATCH);
    const last = rows.at(-1);
    if (last === undefined) return;
    const hooks = (await listWebhooks(deps.database.reader)).filter(({ isActive }) => isActive);
    const happenings = rows.flatMap((row) => toHappening(row) ?? []);
    await deps.database.write(async (trx) => {
      // Another process was faster.
      if ((await findPosition(trx)) !== position) return;
      for (const happening of happenings) await fanOutOne(trx, { ...deps, hooks, happening });
      await setPosition(trx, last.id);
    });
    if (rows.length < BATCH) return;
  }
}

async function fanOutOne(
  trx: Trx,
  step: FanOutDeps & { readonly hooks: readonly Webhook[]; readonly happening: Happening },
): Promise<void> {
  const { hooks, happening, baseUrl, clock } = step;
  if (hooks.length === 0) return;
  const repository = await findWholeRepository(trx, happening.repository as RepositoryName);
  if (repository === undefined) return;
  for (const hook of hooks) {
    const heard = select(hook, repository, happening);
    if (heard === undefined) continue;
    for (const message of FORMATS[hook.format](heard, { repository, baseUrl, hookId: hook.id })) {
      await insertDelivery(trx, {
        ...message,
        webhookId: hook.id,
        orderingKey: happening.repository,
        event: happening.kind,
        now: clock(),
      });
    }
  }
}

/** What of it the hook wants to hear: only the tags that it is for. */
function select(
  hook: Webhook,
  repository: Repository,
  happening: Happening,
): Happening | undefined {
  // What happened before it was made is none of its business, though nobody may have looked at it yet.
  if (hook.createdAt > happening.at) return undefined;
  if (!hook.events.includes(happening.kind) || !isAbout(hook, repository)) return undefined;
  const { tags } = hook;
  if (tags === undefined) return happening;
  const fitting = happening.tags.filter((tag) => matchesText(tags, tag));
  return fitting.length === 0 ? undefined : { ...happening, tags: fitting };
}

function isAbout(hook: Webhook, repository: Repository): boolean {
  const { repositoryId, namespaceId, repositories } = hook;
  if (repositoryId !== undefined) return repositoryId === repository.id;
  if (namespaceId !== undefined && namespaceId !== repository.namespaceId) return false;
  return repositories === undefined || matchesName(repositories, repository.name);
}
