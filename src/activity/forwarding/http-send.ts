import { createHmac } from "node:crypto";
import type { OutboundClient } from "../../platform/outbound/index.ts";
import type { ForwardTarget, Send } from "./target.ts";

type HttpTarget = Extract<ForwardTarget, { kind: "http" }>;

/** JSON lines, signed as webhooks are: over the id, the time and the body. */
export function createHttpSend(
  target: HttpTarget,
  deps: { readonly client: Pick<OutboundClient, "post">; readonly clock: () => Date },
): Send {
  const { url, secret } = target;
  // What is set here takes the place of what is configured, however that is written.
  const headers = Object.fromEntries(
    Object.entries(target.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return async (entries) => {
    const body = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    const [first, last] = [entries[0], entries.at(-1)];
    // With the hash: after a backup was restored, other entries have the same numbers.
    const id = `audit.${first?.seq}-${last?.seq}.${last?.hash.slice(0, 16)}`;
    const timestamp = String(Math.floor(deps.clock().getTime() / 1000));
    const signed = `${id}.${timestamp}.${body}`;
    const signature =
      secret === undefined
        ? {}
        : {
            "x-berth-signature-256": `sha256=${createHmac("sha256", secret).update(signed).digest("hex")}`,
          };
    const { status } = await deps.client.post({
      url,
      body,
      headers: {
        ...headers,
        "content-type": "application/x-ndjson",
        "user-agent": "Berth-Audit",
        "x-berth-delivery": id,
        "x-berth-timestamp": timestamp,
        ...signature,
      },
    });
    if (status < 200 || status >= 300) throw new Error(`the collector answered ${status}`);
  };
}
