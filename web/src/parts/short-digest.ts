const SHOWN = 12;

/** Enough of a digest to tell it from others. */
export function shortDigest(digest: string): string {
  const [algorithm = "", hash = ""] = digest.split(":");
  return `${algorithm}:${hash.slice(0, SHOWN)}`;
}
