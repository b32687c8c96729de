import { z } from "zod";
import { addressHeaders } from "./notifications.ts";
import { count, parseJson, path } from "./values.ts";

const name = z.string().min(1, "must not be empty").max(100);

const start = z.enum(["beginning", "now"], { error: "must be beginning or now" });

const syslog = z.strictObject({
  kind: z.literal("syslog"),
  /** What its position is kept under. */
  name,
  /** Where a collector begins that nothing was sent to so far. */
  start: start.default("beginning"),
  address: z
    .string()
    .regex(/^(?:udp|tcp|tls):\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, {
      error: "must be udp://host:port, tcp://host:port or tls://host:port",
    })
    .refine((address) => isPort(address.slice(address.lastIndexOf(":") + 1)), {
      error: "must end with a port, 1 to 65535",
    }),
  /** A PEM file with whom to trust in place of the public authorities, for tls. */
  ca: path.optional(),
});

const collector = z.strictObject({
  kind: z.literal("http"),
  name,
  start: start.default("beginning"),
  url: z
    .url({ protocol: /^https?$/, error: "must be an http or https address" })
    .refine((url) => !hasPassword(url), {
      error: "must not hold a user name or a password: put them into headers",
    }),
  headers: addressHeaders.default({}),
  /** What requests are signed with. */
  secret: z.string().min(16, "must have at least 16 characters").optional(),
  /** Entries in one request, at most. */
  batch: count
    .default(100)
    .refine((entries) => entries >= 1 && entries <= 1000, "must be 1 to 1000"),
});

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535;
}

function hasPassword(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.username !== "" || url.password !== "");
}

/** A list in a file; JSON in a variable. Headers and secrets are in it, so all of it is a secret. */
export const forwardList = z
  .preprocess(
    parseJson,
    z
      .array(
        z.discriminatedUnion("kind", [syslog, collector], { error: "kind must be syslog or http" }),
        {
          error: "must be a list of targets",
        },
      )
      .refine((list) => new Set(list.map((one) => one.name)).size === list.length, {
        error: "each target needs a name of its own",
      }),
  )
  .meta({ isSecret: true });
