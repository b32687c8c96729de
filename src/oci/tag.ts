import { OciError } from "./error.ts";

/** A tag as distribution-spec allows it; only {@link parseTag} makes one. */
export type Tag = string & { readonly __brand: "Tag" };

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Throws TAG_INVALID. */
export function parseTag(text: string): Tag {
  if (!isTag(text)) throw new OciError("TAG_INVALID", { tag: text.slice(0, 200) });
  return text;
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}
