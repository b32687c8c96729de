import { type Digest, parseDigest } from "./digest.ts";
import { OciError } from "./error.ts";
import { parseRepositoryName, type RepositoryName } from "./name.ts";
import { parseReference, type Reference } from "./reference.ts";

/**
 * The routes of the distribution API: which methods each has, and which right each of them needs. The authoriser is fed
 * from this table, and the route x role matrix test is generated from it.
 */
export const ROUTES = {
  ping: { GET: "none", HEAD: "none" },
  catalog: { GET: "catalog", HEAD: "catalog" },
  tags: { GET: "pull", HEAD: "pull" },
  referrers: { GET: "pull", HEAD: "pull" },
  manifest: { GET: "pull", HEAD: "pull", PUT: "push", DELETE: "delete" },
  blob: { GET: "pull", HEAD: "pull", DELETE: "delete" },
  uploads: { POST: "push" },
  upload: { GET: "push", PATCH: "push", PUT: "push", DELETE: "push" },
} as const satisfies Record<string, Partial<Record<string, RouteRight>>>;

export type RouteRight = "none" | "pull" | "push" | "delete" | "catalog";
export type RouteId = keyof typeof ROUTES;

interface Matched<Id extends RouteId> {
  readonly id: Id;
  readonly method: keyof (typeof ROUTES)[Id] & string;
  readonly right: RouteRight;
  readonly query: URLSearchParams;
}

/** A request whose path was read once; rights and handlers see only this. */
export type RouteMatch =
  | Matched<"ping">
  | Matched<"catalog">
  | (Matched<"tags"> & { readonly name: RepositoryName })
  | (Matched<"referrers"> & { readonly name: RepositoryName; readonly digest: Digest })
  | (Matched<"manifest"> & { readonly name: RepositoryName; readonly reference: Reference })
  | (Matched<"blob"> & { readonly name: RepositoryName; readonly digest: Digest })
  | (Matched<"uploads"> & { readonly name: RepositoryName })
  | (Matched<"upload"> & { readonly name: RepositoryName; readonly uploadId: string });

/** The method is not one of the route's; `allow` lists those that are. */
export class MethodNotAllowed extends OciError {
  readonly allow: string;

  constructor(id: RouteId) {
    const allow = Object.keys(ROUTES[id]).join(", ");
    super("UNSUPPORTED", { allow }, { message: `this address answers ${allow} only` });
    this.allow = allow;
  }
}

const PREFIX = "/v2/";
const UPLOAD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PATH_LIMIT = 1024;
const NO_QUERY = new URLSearchParams();

/**
 * Reads the raw request target once. Nothing is decoded or normalised, except `%3A` in a digest: a path with dot
 * segments, empty segments or escapes names nothing, so the authoriser and the handlers can never see two paths.
 * Throws NAME_INVALID, DIGEST_INVALID, TAG_INVALID, UNSUPPORTED (405), or NAME_UNKNOWN for a path of no route.
 */
export function parseRoute(method: string, target: string): RouteMatch {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(target.slice(mark + 1));
  if (path === "/v2/" || path === "/v2") return match("ping", method, query);
  if (!path.startsWith(PREFIX) || path.length > PATH_LIMIT) throw unknownPath();
  if (path === "/v2/_catalog") return match("catalog", method, query);
  return parseRepositoryRoute(method, path.slice(PREFIX.length), query);
}

/** The longest ending decides, so that a repository may be called `x/manifests` or `a/blobs/uploads`. */
function parseRepositoryRoute(method: string, path: string, query: URLSearchParams): RouteMatch {
  const end = path.lastIndexOf("/");
  const last = path.slice(end + 1);
  const before = path.slice(0, Math.max(end, 0));
  if (before.endsWith("/blobs/uploads")) {
    const name = nameBefore(before, "/blobs/uploads");
    if (last === "") return { ...match("uploads", method, query), name };
    return { ...match("upload", method, query), name, uploadId: parseUploadId(last) };
  }
  if (last === "uploads" && before.endsWith("/blobs") && method === "POST") {
    return { ...match("uploads", method, query), name: nameBefore(before, "/blobs") };
  }
  if (before.endsWith("/manifests")) {
    const name = nameBefore(before, "/manifests");
    const reference = parseReference(unescapeColon(last));
    return { ...match("manifest", method, query), name, reference };
  }
  return parseReadRoute({ method, before, last, query });
}

function parseReadRoute(parts: {
  method: string;
  before: string;
  last: string;
  query: URLSearchParams;
}): RouteMatch {
  const { method, before, last, query } = parts;
  if (before.endsWith("/blobs")) {
    const name = nameBefore(before, "/blobs");
    return { ...match("blob", method, query), name, digest: parseDigest(unescapeColon(last)) };
  }
  if (before.endsWith("/referrers")) {
    const name = nameBefore(before, "/referrers");
    return { ...match("referrers", method, query), name, digest: parseDigest(unescapeColon(last)) };
  }
  if (last === "list" && before.endsWith("/tags")) {
    return { ...match("tags", method, query), name: nameBefore(before, "/tags") };
  }
  throw unknownPath();
}

function match<Id extends RouteId>(id: Id, method: string, query: URLSearchParams): Matched<Id> {
  const rights: Partial<Record<string, RouteRight>> = ROUTES[id];
  const right = Object.hasOwn(rights, method) ? rights[method] : undefined;
  if (right === undefined) throw new MethodNotAllowed(id);
  return { id, method: method as Matched<Id>["method"], right, query };
}

function nameBefore(path: string, ending: string): RepositoryName {
  return parseRepositoryName(path.slice(0, path.length - ending.length));
}

function parseUploadId(text: string): string {
  if (UPLOAD_ID.test(text)) return text;
  throw new OciError("BLOB_UPLOAD_UNKNOWN", { upload: text.slice(0, 100) });
}

function unescapeColon(segment: string): string {
  return segment.includes("%") ? segment.replace(/^(sha\d+)%3a/i, "$1:") : segment;
}

function unknownPath(): OciError {
  return new OciError("NAME_UNKNOWN", null, { message: "no such address in the registry API" });
}
