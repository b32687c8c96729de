import { createHash } from "node:crypto";
import type { EventKind, Happening, Surroundings } from "../events/happening.ts";
import { addressOf, hostOf, type Message, message } from "./message.ts";

const METHODS: ReadonlyMap<string, string> = new Map([
  ["push", "PUT"],
  ["pull", "GET"],
  ["mount", "POST"],
  ["delete", "DELETE"],
]);

/**
 * The notification envelope of CNCF distribution (notifications/event.go): one event for each tag. None for what that
 * registry has no event for.
 */
export function envelope(
  happening: Happening,
  around: Surroundings,
  version: "v1" | "v2",
): readonly Message[] {
  const action = actionOf(happening);
  if (action === undefined) return [];
  // distribution tells once of a manifest that is gone, whatever tags it had.
  const isOne = happening.tags.length === 0 || happening.topic === "manifest.deleted";
  const tags = isOne ? [undefined] : happening.tags;
  const events = tags.map((tag, index) => ({
    id: uuidOf(`${happening.id} ${happening.at.getTime()} ${index}`),
    timestamp: happening.at.toISOString(),
    action,
    target: targetOf(happening, around, tag),
    request: requestOf(happening, around, action),
    actor: happening.actor === "anonymous" ? {} : { name: happening.actor },
    source: around.source,
  }));
  return [message({ events }, `application/vnd.docker.distribution.events.${version}+json`)];
}

/** In the registry's words; undefined where it has none. */
export function actionOf({ kind, topic }: Pick<Happening, "kind" | "topic">): string | undefined {
  const actions: Partial<Record<EventKind, string>> = {
    push: "push",
    pull: "pull",
    delete: "delete",
  };
  switch (topic) {
    case "blob.pushed":
      return "push";
    case "blob.mounted":
      return "mount";
    case "blob.deleted":
    case "repository.deleted":
      return "delete";
    default:
      return actions[kind];
  }
}

function targetOf(happening: Happening, around: Surroundings, tag: string | undefined) {
  const { kind, repository, digest, mediaType, size, from, references } = happening;
  const base = addressOf(happening, around);
  const noun = kind === "blob" ? "blobs" : "manifests";
  // A deletion is told by what it names and nothing else: distribution has forgotten the rest by then.
  const isGone = actionOf(happening) === "delete";
  return {
    ...(mediaType === undefined || isGone ? {} : { mediaType }),
    ...(digest === undefined ? {} : { digest }),
    ...(size === undefined || isGone ? {} : { size, length: size }),
    repository,
    ...(kind === "blob" && from !== undefined ? { fromRepository: from } : {}),
    ...(digest === undefined || isGone
      ? {}
      : { url: `${base}/v2/${repository}/${noun}/${digest}` }),
    ...(tag === undefined ? {} : { tag }),
    ...(references === undefined ? {} : { references }),
  };
}

function requestOf(happening: Happening, around: Surroundings, action: string) {
  const { id, address = "", client = "", host, requestId } = happening;
  return {
    id: requestId ?? id,
    addr: address,
    host: host ?? hostOf(around.baseUrl),
    method: METHODS.get(action) ?? "",
    useragent: client,
  };
}

/** The same for the same event, however often it is worded: receivers tell a repetition by it (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
