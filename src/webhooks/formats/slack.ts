import type { Happening, Surroundings } from "../events/happening.ts";
import { hostOf, type Message, message } from "./message.ts";

const VERBS: ReadonlyMap<string, string> = new Map([
  ["manifest.pushed", "pushed"],
  ["manifest.pulled", "pulled"],
  ["manifest.deleted", "deleted"],
  ["tag.deleted", "deleted"],
  ["tag.moved", "moved"],
  ["repository.created", "made the repository"],
  ["repository.changed", "changed the repository"],
  ["repository.renamed", "renamed the repository"],
  ["repository.deleted", "deleted the repository"],
]);

export function slackMessage(happening: Happening, { baseUrl }: Surroundings): Message {
  // Slack reads these three in what it is told (its own documentation on escaping).
  const text = sentence(happening)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  const place = hostOf(baseUrl);
  return message({ text: place === "" ? text : `${text} on ${place}` });
}

function sentence({ topic, kind, actor, name, account, tags, digest, details, from }: Happening) {
  const { action, used, limit } = details;
  if (kind === "quota") {
    const verb = topic === "quota.exceeded" ? "exceeds its quota" : "is close to its quota";
    return `${name} ${verb} (${used} of ${limit})`;
  }
  if (kind === "member" || kind === "right") return `${actor}: ${action} ${name} in ${account}`;
  const verb = VERBS.get(topic) ?? topic;
  const before = from === undefined ? "" : ` (before: ${from})`;
  if (kind === "repository") return `${actor} ${verb} ${name}${before}`;
  const what =
    tags.length > 0 ? tags.map((tag) => `${name}:${tag}`).join(", ") : `${name}@${digest}`;
  return `${actor} ${verb} ${what}${before}`;
}
