import { gunzipSync, gzipSync } from "node:zlib";
import type { Content, LayerListing, ListedEntry } from "./list-layer.ts";

type Kind = ListedEntry["kind"];
/** The index of its content, or -1; the target of a hard link. */
type Row = [path: string, kind: Kind, mode: number, content: number, target?: string];

interface Written {
  readonly entries: readonly Row[];
  readonly contents: readonly [bytes: number, hash: string | null][];
  readonly whiteouts: readonly string[];
  readonly opaque: readonly string[];
}

/** What a listing becomes to be kept: JSON, compressed. Names of one content stay names of one. */
export function packListing({ entries, whiteouts, opaque }: LayerListing): Uint8Array {
  const indexes = new Map<Content, number>();
  const rows = [...entries].map(([path, { kind, mode, content, target }]): Row => {
    const known = content === undefined ? -1 : (indexes.get(content) ?? indexes.size);
    if (content !== undefined) indexes.set(content, known);
    return target === undefined ? [path, kind, mode, known] : [path, kind, mode, known, target];
  });
  const contents = [...indexes.keys()].map(({ bytes, hash = null }): [number, string | null] => [
    bytes,
    hash,
  ]);
  const written: Written = { entries: rows, contents, whiteouts, opaque };
  return gzipSync(JSON.stringify(written), { level: 4 });
}

export function unpackListing(packed: Uint8Array): LayerListing {
  const written = JSON.parse(gunzipSync(packed).toString("utf8")) as Written;
  const contents = written.contents.map(
    ([bytes, hash]): Content => ({ bytes, hash: hash ?? undefined }),
  );
  const entries = new Map(
    written.entries.map(([path, kind, mode, index, target]): [string, ListedEntry] => {
      const content = contents[index];
      const entry = { kind, mode, ...(content && { content }), ...(target && { target }) };
      return [path, entry];
    }),
  );
  return { entries, whiteouts: written.whiteouts, opaque: written.opaque };
}
