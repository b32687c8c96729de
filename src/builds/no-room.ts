import { isDiskFull } from "../lib/file-error.ts";

export const NO_ROOM = "the disk of the hub is full";

/** Whether something failed because the disk is full: here, or in a program that says so. */
export function isForRoom(cause: unknown): boolean {
  const { stderr } = (cause ?? {}) as { readonly stderr?: unknown };
  return isDiskFull(cause) || /No space left on device|Disk quota exceeded/i.test(String(stderr));
}
