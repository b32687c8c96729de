import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { matchesName, matchesText } from "../access/index.ts";
import { findNamespace, type NamespaceId, type NamespaceName } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import {
  findRepositoryById,
  findWholeRepository,
  type Repository,
  type RepositoryId,
} from "../repositories/index.ts";
import { insertDelivery } from "./deliveries-store.ts";
import { type Endpoint, idOf, wordForEndpoint } from "./endpoints.ts";
import type { EventKind, Happening, Surroundings } from "./events/happening.ts";
import { toHappening } from "./events/topics.ts";
import { wordIn } from "./formats/formats.ts";
import type { Message } from "./formats/message.ts";
import { wordTemplate } from "./formats/template.ts";
import { findPosition, listOutbox, setPosition } from "./outbox-position-store.ts";
import type { Webhook, WebhookTables } from "./tables.ts";
import { listWebhooks } from "./webhooks-store.ts";

export interface FanOutDeps {
  readonly database: Database<WebhookTables>;
  readonly endpoints: readonly Endpoint[];
  /** Where clients reach the hub, without a slash at its end. */
  readonly baseUrl: string;
  readonly source: Surroundings["source"];
  /** Whether the hub vouches for the repository of that name. */
  readonly isOfficial: (trx: Trx, name: string) => Promise<boolean>;
  readonly clock: () => Date;
  readonly log: Logger;
}

type Trx = Parameters<Parameters<Database<WebhookTables>["write"]>[0]>[0];
type OutboxRow = Parameters<typeof toHappening>[0];

const BATCH = 200;

/**
 * Makes deliveries of what happened since the last time, for whoever wants to hear of it. The deliveries and the position up
 * to which events were looked at are one transaction: an event is never forgotten and never fanned out twice.
 */
export async function fanOut(deps: FanOutDeps): Promise<void> {
  const { database } = deps;
  for (;;) {
    const position = await findPosition(database.reader);
    const rows = await listOutbox(database.reader, position ?? 0, BATCH);
    const last = rows.at(-1);
    if (last === undefined) return;
    const hooks = (await listWebhooks(database.reader)).filter(({ isActive }) => isActive);
    const happenings = rows.flatMap((row) => readEvent(deps, row) ?? []);
    await database.write(async (trx) => {
      // Another process was faster.
      if ((await findPosition(trx)) !== position) return;
      for (const happening of happenings) await fanOutOne(trx, { ...deps, hooks, happening });
      await setPosition(trx, last.id);
    });
    if (rows.length < BATCH) return;
  }
}

/** One event that cannot be read must not hold up all that come after it. */
function readEvent({ log }: Pick<FanOutDeps, "log">, row: OutboxRow): Happening | undefined {
  try {
    return toHappening(row);
  } catch (err) {
    log.error({ err, event: row.id, topic: row.topic }, "event was left out: it cannot be read");
    return undefined;
  }
}

/** Answers how many deliveries it made. */
async function fanOutOne(
  trx: Trx,
  step: FanOutDeps & { readonly hooks: readonly Webhook[]; readonly happening: Happening },
): Promise<number> {
  const { hooks, happening, endpoints } = step;
  if (hooks.length === 0 && endpoints.length === 0) return 0;
  const place = await findPlace(trx, happening);
  const isOfficial = await step.isOfficial(trx, place.repository?.name ?? "");
  let made = 0;
  for (const hook of hooks) {
    const heard = select(hook, place, happening);
    if (heard === undefined) continue;
    const around = surroundingsOf(step, { ...place, happening, isOfficial });
    const key = heard.repository ?? heard.account;
    for (const message of wordFor(hook, heard, around)) {
      const receiver = { webhookId: hook.id, orderingKey: key };
      await insert(trx, { ...step, receiver, message });
      made += 1;
    }
  }
  for (const endpoint of endpoints) {
    // As distribution's queue: one after another, whatever they are about.
    const receiver = { webhookId: idOf(endpoint), orderingKey: "" };
    const around = surroundingsOf(step, { ...place, happening, isOfficial });
    for (const message of wordForEndpoint(endpoint, happening, around)) {
      await insert(trx, { ...step, receiver, message });
      made += 1;
    }
  }
  return made;
}

async function insert(
  trx: Trx,
  made: Pick<FanOutDeps, "clock"> & {
    readonly happening: Happening;
    readonly receiver: Pick<Parameters<typeof insertDelivery>[1], "webhookId" | "orderingKey">;
    readonly message: Message;
  },
): Promise<void> {
  const { receiver, message, happening, clock } = made;
  await insertDelivery(trx, { ...receiver, ...message, event: happening.kind, now: clock() });
}

/** What a hook of that kind sends of it. */
export function wordFor(
  { format, template }: Pick<Webhook, "format" | "template">,
  happening: Happening,
  around: Surroundings,
): readonly Message[] {
  if (format !== "template") return wordIn(format, happening, around);
  return wordTemplate(template ?? "{}", happening, around);
}

/** Where it happened. The repository may be gone by now. */
interface Place {
  readonly repository: Repository | undefined;
  readonly namespaceId: NamespaceId | undefined;
}

/** By id where the event says it: names may mean something else by now. */
async function findPlace(trx: Trx, happening: Happening): Promise<Place> {
  const { repository: name, repositoryId, account } = happening;
  const repository =
    repositoryId === undefined
      ? name && (await findWholeRepository(trx, name as RepositoryName))
      : await findRepositoryById(trx, repositoryId as RepositoryId);
  const found = repository || undefined;
  if (happening.namespaceId !== undefined)
    return { repository: found, namespaceId: happening.namespaceId as NamespaceId };
  if (found !== undefined && found.name === name)
    return { repository: found, namespaceId: found.namespaceId };
  // It has been given away since, or its namespace was renamed: what happened is its owner's of then to hear.
  const namespace = await findNamespace(trx, account as NamespaceName);
  return { repository: found, namespaceId: namespace?.id ?? found?.namespaceId };
}

/** A repository that is gone is told of as one that was private, unless the event says otherwise. */
function surroundingsOf(
  { baseUrl, source, clock }: Pick<FanOutDeps, "baseUrl" | "source" | "clock">,
  told: Place & { readonly happening: Happening; readonly isOfficial: boolean },
): Surroundings {
  const { repository, happening, isOfficial } = told;
  const unknown = { isPublic: false, description: "", fullDescription: "", createdAt: clock() };
  const facts = repository ?? unknown;
  const isPublic = happening.isPublic ?? facts.isPublic;
  return { repository: { ...facts, isPublic, isOfficial }, baseUrl, source, newCallbackId };
}

export function newCallbackId(): string {
  return randomBytes(24).toString("base64url");
}

const OF_TAGS: ReadonlySet<EventKind> = new Set([
  "push",
  "pull",
  "delete",
  "tag-moved",
  "retention-removed",
  "scan",
  "vulnerability",
]);

/** What of it the hook wants to hear: only the tags that it is for. */
function select(hook: Webhook, place: Place, happening: Happening): Happening | undefined {
  const { kind } = happening;
  // What happened before it was made is none of its business, though nobody may have looked at it yet.
  if (hook.createdAt > happening.at) return undefined;
  if (!hook.events.some((event) => event === kind) || !isAbout(hook, place, happening))
    return undefined;
  const { tags } = hook;
  if (tags === undefined || !OF_TAGS.has(kind)) return happening;
  const fitting = happening.tags.filter((tag) => matchesText(tags, tag));
  return fitting.length === 0 ? undefined : { ...happening, tags: fitting };
}

function isAbout(hook: Webhook, place: Place, happening: Happening): boolean {
  const { repositoryId, namespaceId, repositories } = hook;
  const { repository: name } = happening;
  if (repositoryId !== undefined)
    return repositoryId === (happening.repositoryId ?? place.repository?.id);
  if (namespaceId !== undefined && namespaceId !== place.namespaceId) return false;
  return repositories === undefined || (name !== undefined && matchesName(repositories, name));
}
