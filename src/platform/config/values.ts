import { z } from "zod";
import { parseBytes } from "../../lib/byte-size.ts";
import { parseDuration } from "../../lib/duration.ts";

/**
 * The kinds of values a setting can have. Each reads what a file gives (numbers, booleans, lists) and what an environment
 * variable or a flag gives (text), and says in its message what is allowed.
 */

const DURATION = "must be a duration such as 90s, 24h or 7d";
const SIZE = "must be a number of bytes such as 4096, 64MiB or 10GiB";
const FLAG = "must be true or false";
const COUNT = "must be a whole number, 0 or more";
const PATTERNS = "must be regular expressions such as ^https://example\\.com/";
const NETWORKS = "must be addresses or networks such as 10.0.0.1 and 10.0.0.0/8";
const ADDRESS = "must be host:port, such as 127.0.0.1:5000, [::1]:5000 or :5000";

/** Milliseconds. */
export const duration = z
  .union([z.string(), z.literal(0)], { error: DURATION })
  .transform((text, context) =>
    parsed(context, { value: parseDuration(String(text)), message: DURATION }),
  );

/** Bytes. */
export const byteSize = z
  .union([z.string(), z.int().nonnegative()], { error: SIZE })
  .transform((text, context) =>
    parsed(context, { value: parseBytes(String(text)), message: SIZE }),
  );

export const flag = z
  .union([z.boolean(), z.enum(["true", "false"])], { error: FLAG })
  .transform((value) => value === true || value === "true");

export const count = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,15}$/)], { error: COUNT })
  .transform(Number);

export const textList = z
  .union([z.array(z.string()), z.string()], {
    error: "must be a list, or texts with commas between",
  })
  .transform((value) =>
    typeof value === "string" ? value.split(",").map((t) => t.trim()) : value,
  );

/** Regular expressions, one of each text. */
export const patternList = textList.refine((texts) => texts.every(isPattern), { error: PATTERNS });

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    // What is wrong with it is said by the setting's own message.
    return false;
  }
}

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

export const networkList = textList.refine(
  (texts) => texts.every((text) => network.safeParse(text).success),
  { error: NETWORKS },
);

/** A value nobody may read back; `print` shows that it is set and nothing more. */
export const secret = z.string().min(1, "must not be empty").meta({ isSecret: true });

/** One that programs show each other, so that nobody has to type it. */
export const longSecret = z
  .string()
  .min(32, "must have 32 characters or more: make one by `openssl rand -hex 32`")
  .meta({ isSecret: true });

export const path = z.string().min(1, "must not be empty");

/** Where to listen; without a host, on every interface. */
export const address = z.string({ error: ADDRESS }).transform((text, context) => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  const value = match === null || port > 65_535 ? undefined : { host: hostOf(match), port };
  return parsed(context, { value, message: ADDRESS });
});

function hostOf(match: RegExpExecArray): string {
  return match[1] ?? (match[2] === "" || match[2] === undefined ? "::" : match[2]);
}

function parsed<Value>(
  context: z.RefinementCtx,
  result: { value: Value | undefined; message: string },
): Value {
  if (result.value !== undefined) return result.value;
  context.addIssue({ code: "custom", message: result.message });
  return z.NEVER;
}

/** What a variable says in JSON, a file says as it is. */
export function parseJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    // The schema says what is expected instead.
    return value;
  }
}
