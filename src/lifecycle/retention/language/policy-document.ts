import { parseRetentionPolicy } from "./parse-policy.ts";
import { isYamlPolicy, toPolicyLines } from "./policy-yaml.ts";
import type { RetentionPolicy } from "./retention-rule.ts";

/** A policy as it is kept, one rule a line, whatever form it was written in. Throws RetentionSyntaxError. */
export function readPolicyDocument(document: string): {
  readonly text: string;
  readonly policy: RetentionPolicy;
} {
  if (!isYamlPolicy(document)) return { text: document, policy: parseRetentionPolicy(document) };
  const text = toPolicyLines(document);
  return { text, policy: parseRetentionPolicy(text) };
}
