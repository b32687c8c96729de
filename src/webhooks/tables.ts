import type { Generated } from "kysely";
import type { HookEvent } from "../contract/webhooks.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { OutboxTables } from "../platform/jobs/index.ts";
import type { RepositoryId, RepositoryTables } from "../repositories/index.ts";
import type { EventKind } from "./events/happening.ts";
import type { WebhookFormat } from "./formats/formats.ts";

export type WebhookId = string & { readonly __brand: "WebhookId" };
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
    /** Sealed: the key is not in the database. */
    secret: string | null;
    created_by: string;
    created_at: number;
    disabled_at: number | null;
    /** JSON: what the format `template` fills. */
    template: string | null;
  };
  webhook_deliveries: {
    id: Generated<number>;
    /** Of a hook, or of an endpoint in the configuration, which has no row. */
    webhook_id: WebhookId;
    /** Deliveries with the same key go out in order: the repository's name. */
    ordering_key: string;
    event: EventKind | "ping";
    content_type: string;
    body: string;
    state: DeliveryState;
    attempts: number;
    created_at: number;
    due_at: number;
    ended_at: number | null;
    status: number | null;
    answer: string | null;
    /** Part of the address that the receiver may answer to. */
    callback_id: string | null;
    /** JSON: what it answered there last. */
    callback: string | null;
    callbacks: Generated<number>;
  };
  /** One row: the last event that was looked at. */
  webhook_position: { id: number; outbox_id: number };
}

export interface Webhook {
  readonly id: WebhookId;
  readonly namespaceId: NamespaceId | undefined;
  readonly repositoryId: RepositoryId | undefined;
  readonly label: string;
  readonly url: string;
  readonly format: WebhookFormat;
  readonly events: readonly HookEvent[];
  /** A pattern of whole names. */
  readonly repositories: string | undefined;
  readonly tags: string | undefined;
  readonly sealedSecret: string | undefined;
  readonly template: string | undefined;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly isActive: boolean;
}

export interface Delivery {
  readonly id: number;
  readonly webhookId: WebhookId;
  readonly orderingKey: string;
  readonly event: EventKind | "ping";
  readonly contentType: string;
  readonly body: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly endedAt: Date | undefined;
  readonly status: number | undefined;
  readonly answer: string | undefined;
  /** JSON: what the receiver said at the callback address. */
  readonly callback: string | undefined;
}
