import type { EventKind, Happening, Surroundings } from "../events/happening.ts";
import { hostOf, type Message, message, seconds, splitName } from "./message.ts";

const TYPES: ReadonlyMap<EventKind, string> = new Map([
  ["push", "PUSH_ARTIFACT"],
  ["pull", "PULL_ARTIFACT"],
  ["delete", "DELETE_ARTIFACT"],
]);

/** Harbor's webhook in its default format. */
export function harborMessages(happening: Happening, around: Surroundings): readonly Message[] {
  return [
    happening.kind === "quota" ? quotaMessage(happening) : artifactMessage(happening, around),
  ];
}

function artifactMessage(happening: Happening, { baseUrl, repository }: Surroundings): Message {
  const { kind, name: fullName, digest, tags, actor, at } = happening;
  const shown = tags.length === 0 ? [undefined] : tags;
  return message({
    type: TYPES.get(kind),
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
        ...splitName(fullName),
        repo_full_name: fullName,
        repo_type: repository.isPublic ? "public" : "private",
      },
    },
  });
}

/** Harbor words the numbers in a sentence: its `custom_attributes.Details`. */
function quotaMessage({ topic, name, account, actor, at, details }: Happening): Message {
  const { used, limit } = details;
  return message({
    type: topic === "quota.exceeded" ? "QUOTA_EXCEED" : "QUOTA_WARNING",
    occur_at: seconds(at),
    operator: actor,
    event_data: {
      repository: {
        name: name.includes("/") ? splitName(name).name : "",
        namespace: account,
        repo_full_name: name,
        repo_type: "private",
      },
      custom_attributes: { Details: `${used} of ${limit} bytes are used` },
    },
  });
}
