import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { SourceProvider } from "../../contract/build-sources.ts";

export type HookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a Git server sent, before anything of it is read. */
export interface HookDelivery {
  readonly headers: HookHeaders;
  readonly body: Buffer;
  readonly now: Date;
}

/** As the Standard Webhooks have it: what is older was not sent just now. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * Whether the server that knows the secret sent this, by the raw body. Which scheme holds follows from the source, never from
 * the request: Gitea, say, sends the headers of GitHub too.
 */
export function isSigned(
  provider: SourceProvider,
  secret: string,
  delivery: HookDelivery,
): boolean {
  const { body } = delivery;
  const hex = () => createHmac("sha256", secret).update(body).digest("hex");
  const header = (name: string) => headerOf(delivery, name);
  switch (provider) {
    case "github":
      return isEqual(header("x-hub-signature-256"), `sha256=${hex()}`);
    case "gitea":
      return isEqual(header("x-forgejo-signature") ?? header("x-gitea-signature"), hex());
    case "bitbucket":
    case "bitbucket-server":
      return isEqual(header("x-hub-signature"), `sha256=${hex()}`);
    case "gitlab":
      return header("webhook-signature") === undefined
        ? isEqual(header("x-gitlab-token"), secret)
        : isStandard(delivery, secret);
    case "other":
      return header("webhook-signature") === undefined
        ? isEqual(header("x-berth-signature-256"), `sha256=${hex()}`)
        : isStandard(delivery, secret);
  }
}

export function headerOf({ headers }: Pick<HookDelivery, "headers">, name: string) {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** `webhook-signature: v1,BASE64` of id, time and body (standardwebhooks.com), as newer GitLabs and others sign. */
function isStandard(delivery: HookDelivery, secret: string): boolean {
  const id = headerOf(delivery, "webhook-id") ?? "";
  const timestamp = headerOf(delivery, "webhook-timestamp") ?? "";
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
  const signed = createHmac("sha256", key)
    .update(`${id}.${timestamp}.`)
    .update(delivery.body)
    .digest("base64");
  const age = delivery.now.getTime() - Number(timestamp) * 1000;
  // All are compared, so that the time says nothing of which one fits.
  const fits = (headerOf(delivery, "webhook-signature") ?? "")
    .split(" ")
    .slice(0, 10)
    .map((one) => isEqual(one, `v1,${signed}`));
  return /^\d{1,15}$/.test(timestamp) && Math.abs(age) <= TOLERANCE_MS && fits.includes(true);
}

/** Whether a name of it is signed with its content: then the same content under another name is another delivery. */
export function isNameSigned(provider: SourceProvider, delivery: HookDelivery): boolean {
  const isStandards = headerOf(delivery, "webhook-signature") !== undefined;
  return provider === "gitlab" || (provider === "other" && isStandards);
}

/** In constant time, whatever the lengths: hashes are compared. */
function isEqual(given: string | undefined, wanted: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  const isSame = timingSafeEqual(hash(given ?? ""), hash(wanted));
  return isSame && given !== undefined && wanted !== "";
}
