import type { QuotaResource } from "../../contract/quotas.ts";
import { formatBytes } from "../../lib/byte-size.ts";
import { OciError } from "../../oci/error.ts";
import type { Scope } from "./scopes.ts";

/** A scope and where it stands with one of its limits. */
export interface Standing {
  readonly scope: Scope;
  readonly resource: QuotaResource;
  readonly limit: number;
  readonly used: number;
}

const NOUNS = {
  bytes: "storage",
  tags: "tags",
  repositories: "repositories",
} as const satisfies Record<QuotaResource, string>;

/** What docker prints: what the limit is, what is used, what would free some of it, and who can raise it. */
export function quotaExceeded(standing: Standing, arriving = 0): OciError {
  const { scope, resource, limit, used } = standing;
  const rest = arriving > 0 ? `, and uploads of ${formatBytes(arriving)} are on their way` : "";
  const message = `the quota of ${describeScope(scope)} is ${say(resource, limit)}, ${sayUsed(resource, used)} used${rest}: this does not fit. ${adviceFor(resource, scope)}, or ask ${whoRaises(scope)} to raise the quota`;
  const detail = { scope: scope.kind, name: scope.name, resource, limit, used };
  return new OciError("QUOTA_EXCEEDED", detail, { message });
}

export function describeWarning({ scope, resource, limit, used }: Standing): string {
  const percent = Math.floor((used / limit) * 100);
  return `${percent} % of the ${NOUNS[resource]} quota of ${describeScope(scope)} are used (${sayUsed(resource, used)} of ${say(resource, limit)}): pushes that go beyond it are refused`;
}

function describeScope({ kind, name, defaults }: Scope): string {
  if (kind === "hub") return "this hub";
  return kind === "repository" ? `repository ${name}` : `${defaults} ${name}`;
}

function say(resource: QuotaResource, amount: number): string {
  return resource === "bytes" ? formatBytes(amount) : `${amount} ${NOUNS[resource]}`;
}

function sayUsed(resource: QuotaResource, amount: number): string {
  return resource === "bytes" ? `${formatBytes(amount)} are` : `${amount} are`;
}

function adviceFor(resource: QuotaResource, { kind }: Scope): string {
  switch (resource) {
    case "tags":
      return "Delete tags that are not needed";
    case "repositories":
      return "Delete repositories that are not needed";
    case "bytes":
      return kind === "hub"
        ? "Delete images or repositories: their bytes come free once collection has removed them"
        : "Delete images that are not needed: their bytes come free once collection has removed them";
  }
}

function whoRaises({ kind, name, isUnowned }: Scope): string {
  if (kind !== "repository") return "an administrator of the hub";
  if (isUnowned) return "whoever works on the hub";
  return `an owner of ${name.split("/", 1)[0]}`;
}
