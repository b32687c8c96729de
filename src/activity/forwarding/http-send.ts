import { createHmac } from "node:crypto";
import type { OutboundClient } from "../../platform/outbound/index.ts";
import type { ForwardTarget, Send } from "./target.ts";

type HttpTarget = Extract<ForwardTarget, { kind: "http" }>;

/** JSON lines, signed as webhooks are: over the id, the time and the body. */
export function createHttpSend(
  target: HttpTarget,
  deps: { readonly client: Pick<OutboundClient, "post">; readonly clock: () => Date },
): Send {
  const { url, secret, headers } = target;
  return async (entries) => {
    const body = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    const id = `audit.${entries[0]?.seq}-${entries.at(-1)?.seq}`;
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
