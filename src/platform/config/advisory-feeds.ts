import { z } from "zod";
import { byteSize, duration, parseJson } from "./values.ts";

const address = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .refine((text) => {
    const url = URL.parse(text);
    return url?.username === "" && url.password === "";
  }, "must not hold a user name or a password");

const feed = z.strictObject({
  /** What its state and its files are kept under. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, {
    error: "must be 1 to 64 lower-case letters, digits, dots and dashes",
  }),
  url: address,
  /** What it is, where its content does not say so. */
  format: z.string().optional(),
  /** Where its publisher has the SHA-256 of it. */
  checksum: address.optional(),
});

const feeds = z.preprocess(
  parseJson,
  z.array(feed, { error: "must be a list" }).refine((list) => {
    return new Set(list.map(({ name }) => name)).size === list.length;
  }, "names must differ"),
);

/** Where advisories come from. Nothing is fetched unless something is named. */
export const advisorySettings = z
  .strictObject({
    feeds: feeds
      .default([])
      .describe(
        "Feeds that are fetched, each with name, url and, where needed, format and checksum; see docs/advisories.md. In a variable: JSON.",
      ),
    mirror: address
      .optional()
      .describe("Where all feeds are fetched from instead: <mirror>/<host>/<path> of each."),
    every: duration.default(6 * 3_600_000).describe("How often feeds are asked for."),
    maxBytes: byteSize
      .default(2 * 1024 ** 3)
      .describe("A feed that is larger, packed as it comes, is refused."),
    timeout: duration.default(30 * 60_000).describe("How long one feed may take."),
  })
  .prefault({});
