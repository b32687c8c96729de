import { createHash } from "node:crypto";
import type { SourceProvider } from "../../contract/build-sources.ts";
import { PROPOSAL_EVENTS, type Proposal, readProposal } from "./hook-proposal.ts";
import { type HookDelivery, headerOf, isNameSigned } from "./hook-signature.ts";

/** What a signed delivery says. It is a hint where to look: commits are those that the server then has. */
export type HookEvent =
  | { readonly kind: "ping" }
  | { readonly kind: "push"; readonly refs: readonly string[]; readonly removes: boolean }
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "other" };

type Fields = Readonly<Record<string, unknown>>;

const MOST_REFS = 50;
const REF = /^refs\/(?:heads|tags)\/(?!-)[^\s\p{Cc}~^:?*[\\]{1,240}$/u;
const EVENT_HEADERS: Readonly<Record<SourceProvider, string>> = {
  github: "x-github-event",
  gitea: "x-gitea-event",
  gitlab: "x-gitlab-event",
  bitbucket: "x-event-key",
  "bitbucket-server": "x-event-key",
  other: "x-berth-event",
};
const PINGS = new Set(["ping", "diagnostics:ping"]);
const PUSHES = new Set([
  ...["push", "create", "delete", "Push Hook", "Tag Push Hook", "System Hook"],
  ...["repo:push", "repo:refs_changed"],
]);

/** Undefined where the body cannot be read. */
export function readHookEvent(
  provider: SourceProvider,
  delivery: HookDelivery,
): HookEvent | undefined {
  const name = nameOf(provider, delivery);
  if (PINGS.has(name)) return { kind: "ping" };
  const body = parseBody(delivery);
  if (body === undefined) return undefined;
  if (PUSHES.has(name)) return readPush(body, name);
  const proposal = PROPOSAL_EVENTS.has(name) ? readProposal(provider, body) : undefined;
  if (proposal !== undefined) return { kind: "proposal", proposal };
  return { kind: "other" };
}

/** Names a delivery among those of its source; what has no name of its own is named by its content alone. */
export function deliveryIdOf(provider: SourceProvider, delivery: HookDelivery): string | undefined {
  const names: Readonly<Record<SourceProvider, readonly string[]>> = {
    github: ["x-github-delivery"],
    gitea: ["x-forgejo-delivery", "x-gitea-delivery"],
    gitlab: ["webhook-id", "idempotency-key", "x-gitlab-event-uuid"],
    bitbucket: ["x-request-uuid"],
    "bitbucket-server": ["x-request-id"],
    other: ["webhook-id", "x-berth-delivery"],
  };
  for (const name of names[provider]) {
    const id = headerOf(delivery, name);
    if (id !== undefined && id !== "") return id.slice(0, 200);
  }
  return undefined;
}

/** Its own name; and its content, where the signature covers that alone: then anybody could give it another name. */
export function deliveryNamesOf(
  provider: SourceProvider,
  delivery: HookDelivery,
): readonly string[] {
  const id = deliveryIdOf(provider, delivery);
  const content = createHash("sha256").update(delivery.body).digest("base64url");
  const named = id === undefined ? [] : [`id:${id}`];
  const isNamed = id !== undefined && isNameSigned(provider, delivery);
  return isNamed ? named : [...named, `sha256:${content}`];
}

function nameOf(provider: SourceProvider, delivery: HookDelivery): string {
  const forgejo = provider === "gitea" ? headerOf(delivery, "x-forgejo-event") : undefined;
  return forgejo ?? headerOf(delivery, EVENT_HEADERS[provider]) ?? "";
}

/** GitHub may send a form with the document in it. */
function parseBody(delivery: HookDelivery): Fields | undefined {
  const type = headerOf(delivery, "content-type") ?? "";
  const text = delivery.body.toString("utf8");
  const json = type.startsWith("application/x-www-form-urlencoded")
    ? (new URLSearchParams(text).get("payload") ?? "")
    : text;
  try {
    return fieldsOf(JSON.parse(json));
  } catch {
    // The server sent something else than its name says; it is answered 400.
    return undefined;
  }
}

function readPush(body: Fields, name: string): HookEvent {
  const found = name.startsWith("repo:") ? readBitbucket(body) : [readOne(body, name)];
  const refs = found.flatMap(({ ref }) => (ref !== undefined && REF.test(ref) ? [ref] : []));
  if (refs.length === 0 && found.every(({ ref }) => ref === undefined)) return { kind: "other" };
  return {
    kind: "push",
    refs: [...new Set(refs)].slice(0, MOST_REFS),
    removes: found.every(({ removes }) => removes),
  };
}

interface Moved {
  readonly ref: string | undefined;
  readonly removes: boolean;
}

function readOne(body: Fields, name: string): Moved {
  const { ref, after, deleted, checkout_sha: checkout, ref_type: type } = body;
  // `create` and `delete` of GitHub and Gitea have the short name.
  const prefix = type === "tag" ? "refs/tags/" : "refs/heads/";
  const full = typeof ref === "string" && !ref.startsWith("refs/") ? `${prefix}${ref}` : ref;
  const isGone = typeof after === "string" && /^0+$/.test(after);
  return {
    ref: typeof full === "string" ? full : undefined,
    removes: name === "delete" || deleted === true || isGone || checkout === null,
  };
}

function readBitbucket(body: Fields): Moved[] {
  const changes = fieldsOf(body.push)?.changes ?? body.changes;
  if (!Array.isArray(changes)) return [];
  return changes.slice(0, MOST_REFS).map((one: unknown) => {
    const change = fieldsOf(one) ?? {};
    const server = fieldsOf(change.ref);
    if (server !== undefined)
      return {
        ref: typeof server.id === "string" ? server.id : undefined,
        removes: change.type === "DELETE",
      };
    const cloud = fieldsOf(change.new) ?? fieldsOf(change.old);
    const prefix = cloud?.type === "tag" ? "refs/tags/" : "refs/heads/";
    return {
      ref: typeof cloud?.name === "string" ? `${prefix}${cloud.name}` : undefined,
      removes: change.new === null,
    };
  });
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}
