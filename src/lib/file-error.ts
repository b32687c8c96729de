/** True for "no such file or directory". */
export function isMissing(cause: unknown): boolean {
  return hasCode(cause, "ENOENT") || hasCode(cause, "ENOTDIR");
}

/** True when the disk, or the user's share of it, is full. */
export function isDiskFull(cause: unknown): boolean {
  return hasCode(cause, "ENOSPC") || hasCode(cause, "EDQUOT");
}

function hasCode(cause: unknown, code: string): boolean {
  return (cause as { code?: unknown } | null)?.code === code;
}
