import type { z } from "zod";
import { matchesName } from "../access/index.ts";
import type { policyRules, signerRule } from "../contract/policies.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { PolicyId, PolicyMode, ScopeKind } from "./tables.ts";

export type PolicyRules = z.output<typeof policyRules>;
export type SignerRule = z.output<typeof signerRule>;

/** By the name that is written in the rules: what it meant to whoever set the policy, and was allowed to pull it. */
export type BaseRepositories = Readonly<Record<string, RepositoryId>>;

/** Where a policy holds. */
export interface PolicyScope {
  readonly kind: ScopeKind;
  /** 0 for the hub. */
  readonly id: number;
  /** Of the namespace or repository; `hub` for the hub. */
  readonly name: string;
}

/** What has to be true of images before they are pulled. */
export interface PullPolicy {
  /** 0 for one that is merely tried out. */
  readonly id: PolicyId;
  readonly scope: PolicyScope;
  readonly name: string;
  readonly mode: PolicyMode;
  /** "" for all repositories of the scope. */
  readonly pattern: string;
  /** None: whatever tags an image has. */
  readonly tags: readonly string[];
  readonly rules: PolicyRules;
  readonly bases: BaseRepositories;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

/** All policies in whose scope a repository lies hold together: none takes another's place. */
export function covers(
  { scope, pattern }: Pick<PullPolicy, "scope" | "pattern">,
  { id, name, namespaceId }: Pick<Repository, "id" | "name" | "namespaceId">,
): boolean {
  if (scope.kind === "repository") return scope.id === id;
  if (scope.kind === "namespace" && scope.id !== namespaceId) return false;
  if (pattern === "") return true;
  return matchesName(pattern, scope.kind === "hub" ? name : name.slice(name.indexOf("/") + 1));
}

/** The repository of a base image, and the pattern of its tags. */
export function splitBase(text: string): readonly [string, string] {
  const colon = text.lastIndexOf(":");
  return colon < 0 ? [text, "*"] : [text.slice(0, colon), text.slice(colon + 1)];
}
