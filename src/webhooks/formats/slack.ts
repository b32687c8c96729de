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
  ["namespace.renamed", "renamed the namespace"],
  ["retention.removed", "removed by retention"],
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
  const { action, used, limit, unit = "bytes" } = details;
  if (kind === "quota-warning" || kind === "quota-exceeded") {
    const verb = kind === "quota-exceeded" ? "exceeds its quota" : "is close to its quota";
    return `${name} ${verb} (${used} of ${limit} ${unit})`;
  }
  if (kind === "member" || kind === "right") return `${actor}: ${action} ${name} in ${account}`;
  const verb = VERBS.get(topic) ?? topic;
  const before = from === undefined ? "" : ` (before: ${from})`;
  if (kind === "repository" || kind === "namespace") return `${actor} ${verb} ${name}${before}`;
  // Who removed it is nobody in particular, and why is of interest.
  const why = kind === "retention-removed" ? `: ${details.why}` : before;
  const what =
    tags.length > 0 ? tags.map((tag) => `${name}:${tag}`).join(", ") : `${name}@${digest}`;
  return `${actor} ${verb} ${what}${why}`;
}
