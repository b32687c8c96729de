import type { PolicyChange, PolicyRules, PullPolicy } from "../../api/pull-policies.ts";

export const MODES = ["off", "report", "warn", "enforce"] as const;
export const MODE_COLORS = {
  off: "gray.8",
  report: "blue.8",
  warn: "yellow.9",
  enforce: "red.9",
} as const;

export type Vulnerabilities = NonNullable<PolicyRules["vulnerabilities"]>;
type Signer = NonNullable<PolicyRules["signedBy"]>["anyOf"][number];

/** A policy as its form has it: lists are lines. */
export interface PolicyDraft {
  readonly name: string;
  readonly mode: PolicyChange["mode"];
  readonly tags: string;
  readonly pattern: string;
  readonly signers: string;
  readonly atLeast: number;
  readonly attestations: string;
  /** Undefined: it does not ask about vulnerabilities. */
  readonly vulnerabilities: Vulnerabilities | undefined;
  readonly notEndOfLife: boolean;
  readonly baseImages: string;
}

export function draftOf(policy: PullPolicy | undefined): PolicyDraft {
  const { name = "", mode = "report", tags = [], pattern = "", rules = {} } = policy ?? {};
  const { signedBy, attestations = [], vulnerabilities, notEndOfLife = false } = rules;
  return {
    ...{ name, mode, pattern, vulnerabilities, notEndOfLife },
    tags: tags.join("\n"),
    signers: (signedBy?.anyOf ?? []).map(printSigner).join("\n"),
    atLeast: signedBy?.atLeast ?? 1,
    attestations: attestations.length === 0 ? "" : JSON.stringify(attestations, undefined, 2),
    baseImages: (rules.baseImages ?? []).join("\n"),
  };
}

/** Undefined where the attestations are no list; what is in it is judged by the hub. */
export function changeOf(draft: PolicyDraft): PolicyChange | undefined {
  const { mode, pattern, vulnerabilities, notEndOfLife, atLeast } = draft;
  const attestations = parseList(draft.attestations);
  if (attestations === undefined) return undefined;
  const anyOf = linesOf(draft.signers).map(parseSigner);
  const baseImages = linesOf(draft.baseImages);
  const rules: PolicyRules = {
    ...(anyOf.length > 0 && { signedBy: { anyOf, atLeast } }),
    ...(attestations.length > 0 && { attestations }),
    ...(vulnerabilities !== undefined && { vulnerabilities }),
    ...(notEndOfLife && { notEndOfLife }),
    ...(baseImages.length > 0 && { baseImages }),
  };
  return { mode, pattern: pattern.trim(), tags: linesOf(draft.tags), rules };
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

const STORE = "store:";
const NOTARY = "notary:";

function printSigner(signer: Signer): string {
  if ("key" in signer) return signer.key;
  if ("notary" in signer) {
    return [`${NOTARY}${signer.notary}`, ...(signer.keyId ? [signer.keyId] : [])].join(" ");
  }
  if ("issuer" in signer) return `${signer.issuer} ${signer.subject}`;
  return [
    `${STORE}${signer.store}`,
    ...(signer.subject === undefined ? [] : [signer.subject]),
  ].join(" ");
}

function parseSigner(line: string): Signer {
  const [first = "", ...rest] = line.split(/\s+/);
  const subject = rest.join(" ");
  if (first.startsWith(STORE)) {
    const store = first.slice(STORE.length);
    return subject === "" ? { store } : { store, subject };
  }
  if (first.startsWith(NOTARY)) {
    const notary = first.slice(NOTARY.length);
    return subject === "" ? { notary } : { notary, keyId: subject };
  }
  return subject === "" ? { key: first } : { issuer: first, subject };
}

function parseList(text: string): NonNullable<PolicyRules["attestations"]> | undefined {
  if (text.trim() === "") return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : undefined;
  } catch {
    // Its writer is told, and is still writing.
    return undefined;
  }
}
