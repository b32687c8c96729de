import { createHmac } from "node:crypto";
import type { Sealing } from "../platform/keys/index.ts";
import type { Endpoint } from "./endpoints.ts";
import { contextOf } from "./hook-secrets.ts";
import type { Delivery, Webhook, WebhookId } from "./tables.ts";

type Headers = Readonly<Record<string, string | readonly string[]>>;
type Judgement =
  | { readonly kind: "delivered" | "dead" }
  | { readonly kind: "again"; readonly afterMs: number };

/** How an attempt ended. */
interface End {
  /** None: nobody answered. */
  readonly status: number | undefined;
  /** Those before this one. */
  readonly attempts: number;
  /** How long ago what is to be delivered happened. */
  readonly ageMs: number;
}

/** Where deliveries go, and what their answers mean. */
export interface Receiver {
  readonly url: string;
  readonly timeoutMs: number | undefined;
  /** The operator named it, so it may be anywhere. */
  readonly isTrusted: boolean;
  readonly headersFor: (delivery: Delivery, now: Date) => Headers;
  readonly judge: (end: End) => Judgement;
}

const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** About a week, most of it in steps of a day. */
const ATTEMPTS = 20;
/**
 * What waited behind others for so long is not tried for a week of its own: nobody could ever hear of the last of a thousand, and
 * all of them would be kept.
 */
const LONGEST_AGE_MS = 8 * 24 * 3_600_000;
/** However old: the hub itself may have been away. */
const FEWEST_ATTEMPTS = 3;
const USER_AGENT = "Berth-Webhook";

export function receiverOfHook(hook: Webhook, sealing: Pick<Sealing, "unseal">): Receiver {
  return {
    url: hook.url,
    timeoutMs: undefined,
    isTrusted: false,
    headersFor: (delivery, now) => {
      const { id, sealedSecret } = hook;
      const secret = sealedSecret && sealing.unseal(sealedSecret, contextOf(id));
      return signedHeaders({ id, secret }, delivery, now);
    },
    judge({ status, attempts, ageMs }) {
      if (status !== undefined && status >= 200 && status < 300) return { kind: "delivered" };
      const isTooOld = ageMs > LONGEST_AGE_MS && attempts + 1 >= FEWEST_ATTEMPTS;
      if (attempts + 1 >= ATTEMPTS || isTooOld || status === 410) return { kind: "dead" };
      return { kind: "again", afterMs: Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts) };
    },
  };
}

/** As distribution does it: redirects count as taken, and there is no end to trying. */
export function receiverOfEndpoint(endpoint: Endpoint): Receiver {
  const { url, timeoutMs, threshold, backoffMs, headers } = endpoint;
  return {
    url,
    timeoutMs,
    isTrusted: true,
    headersFor: ({ contentType }) => ({
      "user-agent": USER_AGENT,
      ...headers,
      "content-type": contentType,
    }),
    judge({ status, attempts }) {
      if (status !== undefined && status >= 200 && status < 400) return { kind: "delivered" };
      return { kind: "again", afterMs: attempts + 1 < threshold ? 0 : backoffMs };
    },
  };
}

interface Signer {
  readonly id: WebhookId;
  readonly secret: string | undefined;
}

/** The signature covers the id and the time too, so that an old delivery cannot be shown again as a new one. */
function signedHeaders(hook: Signer, delivery: Delivery, now: Date): Headers {
  const id = `${hook.id}.${delivery.id}`;
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature =
    hook.secret === undefined
      ? {}
      : {
          "x-berth-signature-256": `sha256=${createHmac("sha256", hook.secret)
            .update(`${id}.${timestamp}.${delivery.body}`)
            .digest("hex")}`,
        };
  return {
    "content-type": delivery.contentType,
    "user-agent": USER_AGENT,
    "x-berth-event": delivery.event,
    "x-berth-delivery": id,
    "x-berth-timestamp": timestamp,
    ...signature,
  };
}
