import type { z } from "zod";
import type { repositoryAction } from "../../../../src/contract/accounts.ts";

/** Each holds what those before it hold. */
export const LEVELS = ["pull", "pull,push", "pull,push,delete", "pull,push,delete,admin"] as const;
export type Level = (typeof LEVELS)[number];

export function actionsOf(level: Level): z.output<typeof repositoryAction>[] {
  return level.split(",") as z.output<typeof repositoryAction>[];
}
