import type { Happening, Surroundings } from "./happening.ts";
import type { WebhookFormat } from "./webhooks-store.ts";

export interface Message {
  readonly contentType: string;
  readonly body: string;
}

type Format = (happening: Happening, around: Surroundings) => readonly Message[];

const JSON_TYPE = "application/json";

/** Each format's messages for what happened: none where the format has no word for it, and one for each tag where it has to be. */
export const FORMATS: Readonly<Record<WebhookFormat, Format>> = {
  hub: (happening, around) =>
    happening.kind === "push"
      ? happening.tags.map((tag) => hubMessage(happening, around, tag))
      : [],
  distribution: (happening, around) => [distributionMessage(happening, around, "v1")],
  "distribution-v2": (happening, around) => [distributionMessage(happening, around, "v2")],
  harbor: (happening, around) => [harborMessage(happening, around)],
  quay: (happening, around) => (happening.kind === "push" ? [quayMessage(happening, around)] : []),
  cloudevents: (happening, around) => [cloudEvent(happening, around)],
  slack: (happening, around) => [slackMessage(happening, around)],
  json: (happening) => [message({ ...happening, at: happening.at.toISOString() })],
};

function message(body: unknown, contentType: string = JSON_TYPE): Message {
  return { contentType, body: JSON.stringify(body) };
}

/** Docker Hub's, with the keys in the order of its documentation. Times are in seconds. */
function hubMessage(
  { repository, actor, at }: Happening,
  around: Surroundings,
  tag: string,
): Message {
  const [namespace = "", ...rest] = repository.split("/");
  const facts = around.repository;
  return message({
    callback_url: `${around.baseUrl}/u/${repository}/hook/${around.hookId}/`,
    push_data: { pushed_at: seconds(at), pusher: actor, tag },
    repository: {
      comment_count: 0,
      date_created: seconds(facts.createdAt),
      description: facts.description,
      dockerfile: "",
      full_description: facts.fullDescription,
      is_official: namespace === "library",
      is_private: !facts.isPublic,
      is_trusted: false,
      name: rest.join("/"),
      namespace,
      owner: namespace,
      repo_name: repository,
      repo_url: `${around.baseUrl}/u/${repository}/`,
      star_count: 0,
      status: "Active",
    },
  });
}

function distributionMessage(
  happening: Happening,
  { baseUrl }: Surroundings,
  version: "v1" | "v2",
): Message {
  const { id, kind, repository, digest, mediaType, size, tags, actor, at } = happening;
  const event = {
    timestamp: at.toISOString(),
    action: kind,
    request: {
      id,
      addr: "",
      host: hostOf(baseUrl),
      method: kind === "push" ? "PUT" : "DELETE",
      useragent: "",
    },
    actor: { name: actor },
    source: { addr: hostOf(baseUrl), instanceID: "berth" },
  };
  const target = {
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(digest === undefined ? {} : { digest }),
    ...(size === undefined ? {} : { size, length: size }),
    repository,
    ...(digest === undefined ? {} : { url: `${baseUrl}/v2/${repository}/manifests/${digest}` }),
  };
  const events =
    tags.length === 0
      ? [{ id: `${id}-0`, ...event, target }]
      : tags.map((tag, index) => ({ id: `${id}-${index}`, ...event, target: { ...target, tag } }));
  return message({ events }, `application/vnd.docker.distribution.events.${version}+json`);
}

function harborMessage(happening: Happening, { baseUrl, repository }: Surroundings): Message {
  const { kind, repository: fullName, digest, tags, actor, at } = happening;
  const [namespace = "", ...rest] = fullName.split("/");
  const shown = tags.length === 0 ? [undefined] : tags;
  return message({
    type: kind === "push" ? "PUSH_ARTIFACT" : "DELETE_ARTIFACT",
    occur_at: seconds(at),
    operator: actor,
    event_data: {
      resources: shown.map((tag) => ({
        ...(digest === undefined ? {} : { digest }),
        ...(tag === undefined ? {} : { tag }),
        resource_url: `${hostOf(baseUrl)}/${fullName}${tag === undefined ? `@${digest}` : `:${tag}`}`,
      })),
      repository: {
        date_created: seconds(repository.createdAt),
        name: rest.join("/"),
        namespace,
        repo_full_name: fullName,
        repo_type: repository.isPublic ? "public" : "private",
      },
    },
  });
}

function quayMessage({ repository, tags }: Happening, { baseUrl }: Surroundings): Message {
  const [namespace = "", ...rest] = repository.split("/");
  return message({
    name: rest.join("/"),
    repository,
    namespace,
    docker_url: `${hostOf(baseUrl)}/${repository}`,
    homepage: `${baseUrl}/repository/${repository}`,
    updated_tags: tags,
  });
}

/** CloudEvents 1.0, structured mode. */
function cloudEvent(happening: Happening, { baseUrl }: Surroundings): Message {
  const { id, kind, repository, digest, mediaType, tags, actor, at } = happening;
  const type = kind === "push" ? "berth.image.pushed" : "berth.image.deleted";
  return message(
    {
      specversion: "1.0",
      id,
      source: baseUrl === "" ? "berth" : baseUrl,
      type,
      subject: repository,
      time: at.toISOString(),
      datacontenttype: JSON_TYPE,
      operator: actor,
      data: { repository, digest, mediaType, tags },
    },
    "application/cloudevents+json",
  );
}

function slackMessage(
  { kind, repository, tags, digest, actor }: Happening,
  { baseUrl }: Surroundings,
): Message {
  const what =
    tags.length > 0
      ? tags.map((tag) => `${repository}:${tag}`).join(", ")
      : `${repository}@${digest}`;
  const verb = kind === "push" ? "pushed" : "deleted";
  // Slack reads these three in what it is told (its own documentation on escaping).
  const text = `${actor} ${verb} ${what}`
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  const place = hostOf(baseUrl);
  return message({ text: place === "" ? text : `${text} on ${place}` });
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? "";
}
