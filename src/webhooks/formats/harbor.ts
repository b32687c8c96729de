import type { EventKind, Happening, Surroundings } from "../events/happening.ts";
import { addressOf, hostOf, type Message, message, seconds, splitName } from "./message.ts";

const TYPES: ReadonlyMap<EventKind, string> = new Map([
  ["push", "PUSH_ARTIFACT"],
  ["pull", "PULL_ARTIFACT"],
  ["delete", "DELETE_ARTIFACT"],
  ["scan", "SCANNING_COMPLETED"],
]);

/** Harbor's webhook in its default format. */
export function harborMessages(happening: Happening, around: Surroundings): readonly Message[] {
  switch (happening.kind) {
    case "quota-warning":
    case "quota-exceeded":
      return [quotaMessage(happening)];
    case "retention-removed":
      return [retentionMessage(happening, around)];
    default:
      return [artifactMessage(happening, around)];
  }
}

function artifactMessage(happening: Happening, around: Surroundings): Message {
  const { kind, name: fullName, digest, tags, actor, at } = happening;
  const { repository } = around;
  const baseUrl = addressOf(happening, around);
  const shown = tags.length === 0 ? [undefined] : tags;
  return message({
    type: happening.topic === "scan.failed" ? "SCANNING_FAILED" : TYPES.get(kind),
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
function quotaMessage({ kind, name, account, actor, at, details }: Happening): Message {
  const { used, limit, unit = "bytes" } = details;
  return message({
    type: kind === "quota-exceeded" ? "QUOTA_EXCEED" : "QUOTA_WARNING",
    occur_at: seconds(at),
    operator: actor,
    event_data: {
      repository: {
        name: name.includes("/") ? splitName(name).name : "",
        namespace: account,
        repo_full_name: name,
        repo_type: "private",
      },
      custom_attributes: { Details: `${used} of ${limit} ${unit} are used` },
    },
  });
}

/** Harbor tells of a whole run; here each removal is told with its transaction, as a run of one. */
function retentionMessage(happening: Happening, around: Surroundings): Message {
  const { name: fullName, digest, tags, actor, at, account } = happening;
  const { name } = splitName(fullName);
  const [tag] = tags;
  return message({
    type: "TAG_RETENTION",
    occur_at: seconds(at),
    operator: actor,
    event_data: {
      retention: {
        total: 1,
        retained: 0,
        harbor_hostname: hostOf(addressOf(happening, around)),
        project_name: account,
        result: "SUCCESS",
        deleted_artifact: [
          {
            type: "image",
            status: "SUCCESS",
            name_tag: tag === undefined ? `${name}@${digest}` : `${name}:${tag}`,
          },
        ],
      },
    },
  });
}
