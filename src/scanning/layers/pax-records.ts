import { LayerRefused } from "./layer-refused.ts";

/** What a pax header says of the entry after it (POSIX pax, "extended header"): `LENGTH KEY=VALUE\n`, again and again. */
export type PaxRecords = ReadonlyMap<string, string>;

/** Extended attributes are not read, so that a header full of them costs nothing. */
export function parsePaxRecords(content: Buffer): PaxRecords {
  const records = new Map<string, string>();
  const sparse: string[] = [];
  let at = 0;
  while (at < content.length) {
    const { key, value, next } = recordAt(content, at);
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") sparse.push(value);
    else if (!key.startsWith("SCHILY.") && !key.startsWith("LIBARCHIVE.")) records.set(key, value);
    at = next;
  }
  // Format 0.0 repeats a key for each piece; 0.1 has them in one.
  if (sparse.length > 0) records.set("GNU.sparse.map", sparse.join(","));
  return records;
}

function recordAt(content: Buffer, at: number): { key: string; value: string; next: number } {
  const space = content.indexOf(0x20, at);
  const digits = content.toString("latin1", at, Math.min(space, at + 10));
  const next = at + Number(digits);
  const equals = content.indexOf(0x3d, space);
  const isWhole =
    space > at &&
    /^\d{1,9}$/.test(digits) &&
    equals > space &&
    equals < next &&
    next <= content.length &&
    content[next - 1] === 0x0a;
  if (!isWhole) throw new LayerRefused("CORRUPT", "a pax header is malformed");
  const key = content.toString("utf8", space + 1, equals);
  const isLong = key.startsWith("SCHILY.") || key.startsWith("LIBARCHIVE.");
  return { key, value: isLong ? "" : content.toString("utf8", equals + 1, next - 1), next };
}
