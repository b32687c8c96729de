import { z } from "zod";
import type { RetentionScope } from "../contract/retention.ts";
import { CommandError, type Invocation } from "./command.ts";

export const SCOPE_ARGUMENT = [
  "<scope>",
  "a repository (acme/api), an organization or user (acme), or hub",
] as const;

export const PATTERN_OPTION = [
  "--pattern <pattern>",
  "only repositories that it matches: tools/* of an organization, acme/** of the hub",
] as const;

export const IN_USE_OPTION = [
  "--in-use <age>",
  "hold what was pushed or pulled within, such as 14d, whatever the lines say",
] as const;

const scopeOptions = z.object({
  pattern: z.string().optional(),
  repository: z.boolean().default(false),
});

/** `acme/api` is a repository and `acme` an organization or user, unless --repository says otherwise. */
export function scopeOf({ operands: [name = ""], options }: Invocation): RetentionScope {
  const { pattern, repository } = scopeOptions.parse(options);
  if (name === "hub" && !repository) return { kind: "hub", ...(pattern && { pattern }) };
  if (!repository && !name.includes("/"))
    return { kind: "namespace", name, ...(pattern && { pattern }) };
  if (pattern !== undefined)
    throw new CommandError("usage", "a repository has no pattern: it is one");
  return { kind: "repository", name };
}

export const inUseOption = z.object({ inUse: z.string().optional() });
