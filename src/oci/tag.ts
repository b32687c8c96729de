import { excerpt } from "../lib/excerpt.ts";
import { OciError } from "./error.ts";

/** A tag as distribution-spec allows it; only {@link parseTag} makes one. */
export type Tag = string & { readonly __brand: "Tag" };

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Throws TAG_INVALID. */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text;
  const tag = excerpt(text);
  throw new OciError(
    "TAG_INVALID",
    { tag },
    {
      message: `invalid tag "${tag}": it is 1 to 128 letters, digits, "_", "." or "-", and starts with neither "." nor "-"`,
    },
  );
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}
