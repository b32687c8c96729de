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

function sentence(happening: Happening): string {
  const { kind, actor, name, account, details } = happening;
  switch (kind) {
    case "quota-warning":
    case "quota-exceeded":
      return sentenceOfQuota(happening);
    case "scan":
    case "vulnerability":
      return sentenceOfScan(happening);
    case "build":
      return sentenceOfBuild(happening);
    case "member":
    case "right":
      return `${actor}: ${details.action} ${name} in ${account}`;
    default:
      return sentenceOfDeed(happening);
  }
}

function sentenceOfQuota({ kind, name, details }: Happening): string {
  const { used, limit, unit = "bytes" } = details;
  const verb = kind === "quota-exceeded" ? "exceeds its quota" : "is close to its quota";
  return `${name} ${verb} (${used} of ${limit} ${unit})`;
}

function sentenceOfDeed({ topic, kind, actor, name, tags, digest, details, from }: Happening) {
  const verb = VERBS.get(topic) ?? topic;
  const before = from === undefined ? "" : ` (before: ${from})`;
  if (kind === "repository" || kind === "namespace") return `${actor} ${verb} ${name}${before}`;
  // Who removed it is nobody in particular, and why is of interest.
  const why = kind === "retention-removed" ? `: ${details.why}` : before;
  const what =
    tags.length > 0 ? tags.map((tag) => `${name}:${tag}`).join(", ") : `${name}@${digest}`;
  return `${actor} ${verb} ${what}${why}`;
}

function sentenceOfBuild({ topic, name, details }: Happening): string {
  const why = details.why === undefined ? "" : `: ${details.why}`;
  const verb =
    topic === "build.failed"
      ? "has failed"
      : `has ${topic === "build.queued" ? "been " : ""}${topic.slice("build.".length)}`;
  return `build ${details.build} of ${name} (${details.ref}) ${verb}${why}`;
}

function sentenceOfScan({ topic, name, tags, digest, details }: Happening): string {
  const [tag] = tags;
  const image = tag === undefined ? `${name}@${digest}` : `${name}:${tag}`;
  if (topic === "scan.failed") return `${image} could not be scanned: ${details.reason}`;
  const findings = (details.findings ?? []) as readonly { id: string; severity: string }[];
  const worst = findings.slice(0, 3).map(({ id, severity }) => `${id} (${severity})`);
  const more = findings.length > 3 ? ` and ${findings.length - 3} more` : "";
  const found = findings.length === 0 ? "no known vulnerability" : `${worst.join(", ")}${more}`;
  return topic === "scan.completed"
    ? `${image} was scanned: ${found}`
    : `new in ${image}: ${found}`;
}
