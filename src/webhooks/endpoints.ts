import type { EventKind, Happening, Surroundings } from "./events/happening.ts";
import { actionOf, envelope } from "./formats/envelope.ts";
import type { Message } from "./formats/message.ts";
import type { WebhookId } from "./tables.ts";

/** A receiver that the operator named in the configuration, as registry:2 has them (`notifications.endpoints`). */
export interface Endpoint {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly timeoutMs: number;
  /** After so many failures, further attempts wait for `backoffMs` each. */
  readonly threshold: number;
  readonly backoffMs: number;
  readonly format: "v1" | "v2";
  readonly ignoredMediaTypes: ReadonlySet<string>;
  readonly ignoredActions: ReadonlySet<string>;
}

/** What its deliveries are filed under. A hook's id has no colon in it. */
export function idOf({ name }: Endpoint): WebhookId {
  return `endpoint:${name}` as WebhookId;
}

/** What the endpoint is told of what happened: nothing of what it ignores. */
export function wordForEndpoint(
  endpoint: Endpoint,
  happening: Happening,
  around: Surroundings,
): readonly Message[] {
  const action = actionOf(happening);
  if (action === undefined || endpoint.ignoredActions.has(action)) return [];
  const { mediaType } = happening;
  if (mediaType !== undefined && endpoint.ignoredMediaTypes.has(mediaType)) return [];
  return envelope(happening, around, endpoint.format);
}

const BLOB_TYPE = "application/octet-stream";

/** Whether events of that kind would reach it at all. */
export function wantsKind({ ignoredActions, ignoredMediaTypes }: Endpoint, kind: EventKind) {
  switch (kind) {
    case "push":
    case "pull":
    case "delete":
      return !ignoredActions.has(kind);
    case "blob":
      return !ignoredMediaTypes.has(BLOB_TYPE);
    default:
      return false;
  }
}
