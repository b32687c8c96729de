import type { Principal } from "../../access/index.ts";

/** What people call the token that a principal came with; undefined for passwords, sessions and the like. */
export function tokenOf({ credential }: Principal): string | undefined {
  if (credential === undefined) return undefined;
  const { kind, label } = credential;
  return kind === "password" || kind === "directory" || kind === "session" ? undefined : label;
}
