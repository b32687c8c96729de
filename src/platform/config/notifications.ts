import { z } from "zod";
import { count, duration, flag, parseJson } from "./values.ts";

const ADDRESS = "must be an http or https address";

export const addressHeaders = z.record(
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be names of headers"),
  z.union([z.array(z.string()), z.string().transform((text) => [text])], {
    error: "must be a text, or a list of texts",
  }),
);

/** 0 means distribution's default there, so it does here. */
const orDefault = (milliseconds: number) =>
  duration.default(milliseconds).transform((value) => (value > 0 ? value : milliseconds));

const endpoint = z.strictObject({
  name: z.string().min(1, "must not be empty").max(100),
  url: z.url({ protocol: /^https?$/, error: ADDRESS }),
  headers: addressHeaders.default({}),
  timeout: orDefault(1000),
  /** After so many failures each further attempt waits for `backoff`. */
  threshold: count.default(10).transform((value) => (value > 0 ? value : 10)),
  backoff: orDefault(1000),
  disabled: flag.default(false),
  /** v1 is what registry:2 sends, v2 what registry:3 does. */
  format: z.enum(["v1", "v2"], { error: "must be v1 or v2" }).default("v1"),
  ignore: z
    .strictObject({
      mediaTypes: z.array(z.string()).default([]),
      actions: z.array(z.string()).default([]),
    })
    .prefault({}),
});

/** A list in a file; JSON in a variable. Headers and addresses may hold passwords, so all of it is a secret. */
export const endpointList = z
  .preprocess(
    parseJson,
    z
      .array(endpoint, { error: "must be a list of endpoints" })
      .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
        error: "each endpoint needs a name of its own",
      }),
  )
  .meta({ isSecret: true });
