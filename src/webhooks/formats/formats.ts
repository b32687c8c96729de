import type { EventKind, Happening, Surroundings } from "../events/happening.ts";
import { envelope } from "./envelope.ts";
import { harborMessages } from "./harbor.ts";
import { addressOf, hostOf, type Message, message, seconds, splitName } from "./message.ts";
import { slackMessage } from "./slack.ts";

export type WebhookFormat =
  | "hub"
  | "distribution"
  | "distribution-v2"
  | "harbor"
  | "quay"
  | "cloudevents"
  | "slack"
  | "json"
  | "template";

interface Format {
  /** What it has words for; "everything" for what names any event. */
  readonly says: ReadonlySet<EventKind> | "everything";
  /** One message for each tag where the format has room for one only. */
  readonly word: (happening: Happening, around: Surroundings) => readonly Message[];
}

const PUSHES = new Set<EventKind>(["push"]);
const REGISTRY = new Set<EventKind>(["push", "pull", "delete", "blob", "repository"]);
const HARBOR = new Set<EventKind>([
  "push",
  "pull",
  "delete",
  "quota-warning",
  "quota-exceeded",
  "retention-removed",
  "scan",
]);

/** The formats that need nothing of the hook; the owner's own template does. */
const FORMATS: Readonly<Record<Exclude<WebhookFormat, "template">, Format>> = {
  hub: {
    says: PUSHES,
    word: (happening, around) => happening.tags.map((tag) => hubMessage(happening, around, tag)),
  },
  distribution: { says: REGISTRY, word: (happening, around) => envelope(happening, around, "v1") },
  "distribution-v2": {
    says: REGISTRY,
    word: (happening, around) => envelope(happening, around, "v2"),
  },
  harbor: { says: HARBOR, word: harborMessages },
  quay: { says: PUSHES, word: (happening, around) => [quayMessage(happening, around)] },
  cloudevents: {
    says: "everything",
    word: (happening, around) => [cloudEvent(happening, around)],
  },
  slack: { says: "everything", word: (happening, around) => [slackMessage(happening, around)] },
  json: { says: "everything", word: (happening) => [message(ownWords(happening))] },
};

/** Each format's messages for what happened: none where the format has no word for it. */
export function wordIn(
  format: Exclude<WebhookFormat, "template">,
  happening: Happening,
  around: Surroundings,
): readonly Message[] {
  return saysOf(format, happening.kind) ? FORMATS[format].word(happening, around) : [];
}

/** Whether a format has a word for events of that kind. */
export function saysOf(format: WebhookFormat, kind: EventKind): boolean {
  if (format === "template") return true;
  const { says } = FORMATS[format];
  return says === "everything" || says.has(kind);
}

/** The hub's own words, which the other formats without a model of their own use too. */
function ownWords(happening: Happening): Readonly<Record<string, unknown>> {
  const { id, topic, kind, repository, account, name, digest, mediaType, size, tags } = happening;
  const { from, actor, at, details } = happening;
  const isPlain = Object.keys(details).length === 0;
  return {
    ...{ id, topic, kind, account, name, repository, digest, mediaType, size, tags, from, actor },
    at: at.toISOString(),
    ...(isPlain ? {} : { details }),
  };
}

/**
 * Docker Hub's, with the keys in the order of its documentation. Times are in seconds. Without an address of the hub there is
 * no `callback_url`: a relative one is of no use, and whoever pushes must not choose where receivers report to.
 */
function hubMessage(happening: Happening, around: Surroundings, tag: string): Message {
  const { repository = "", actor, at } = happening;
  const { namespace, name } = splitName(repository);
  const facts = around.repository;
  const callbackId = around.baseUrl === "" ? undefined : around.newCallbackId();
  const callback =
    callbackId === undefined
      ? {}
      : { callback_url: `${around.baseUrl}/u/${repository}/hook/${callbackId}/` };
  const told = message({
    ...callback,
    push_data: { pushed_at: seconds(at), pusher: actor, tag },
    repository: {
      comment_count: 0,
      date_created: seconds(facts.createdAt),
      description: facts.description,
      dockerfile: "",
      full_description: facts.fullDescription,
      is_official: facts.isOfficial,
      is_private: !facts.isPublic,
      is_trusted: false,
      name,
      namespace,
      owner: namespace,
      repo_name: repository,
      repo_url: `${addressOf(happening, around)}/u/${repository}/`,
      star_count: 0,
      status: "Active",
    },
  });
  return { ...told, callbackId };
}

function quayMessage(happening: Happening, around: Surroundings): Message {
  const { repository = "", tags } = happening;
  const { namespace, name } = splitName(repository);
  const baseUrl = addressOf(happening, around);
  return message({
    name,
    repository,
    namespace,
    docker_url: `${hostOf(baseUrl)}/${repository}`,
    homepage: `${baseUrl}/repository/${repository}`,
    updated_tags: tags,
  });
}

/** Of what happened to images: these words are older than the topics of events. */
const CLOUD_TYPES: ReadonlyMap<string, string> = new Map([
  ["manifest.pushed", "berth.image.pushed"],
  ["manifest.pulled", "berth.image.pulled"],
  ["manifest.deleted", "berth.image.deleted"],
  ["tag.deleted", "berth.image.deleted"],
]);

/** CloudEvents 1.0, structured mode. */
function cloudEvent(happening: Happening, { baseUrl }: Surroundings): Message {
  const { id, topic, name, repository, digest, mediaType, size, tags, from, actor } = happening;
  return message(
    {
      specversion: "1.0",
      id,
      source: baseUrl === "" ? "berth" : baseUrl,
      type: CLOUD_TYPES.get(topic) ?? `berth.${topic}`,
      subject: name,
      time: happening.at.toISOString(),
      datacontenttype: "application/json",
      operator: actor,
      data: { repository, digest, mediaType, size, tags, from, ...happening.details },
    },
    "application/cloudevents+json",
  );
}
