import type { z } from "zod";
import { TAG_RULES_PATH, type tagRules } from "../contract/tag-rules.ts";
import type { Invocation } from "./command.ts";

export type Rules = z.output<typeof tagRules>;

/** The slashes of a name stay what they are. */
export function pathOf({ operands }: Pick<Invocation, "operands">): string {
  const [name = ""] = operands;
  return `${TAG_RULES_PATH}/${name.split("/").map(encodeURIComponent).join("/")}`;
}

export function describeFrom(from: Rules["format"]["from"]): string {
  if (from === null) return "nobody";
  return `${from.level === "hub" ? "the hub" : from.name}${from.locked ? " (locked)" : ""}`;
}
