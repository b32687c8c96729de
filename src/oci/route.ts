import { excerpt } from "../lib/excerpt.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { OciError } from "./error.ts";
import { parseRepositoryName, type RepositoryName } from "./name.ts";
import { parseReference, type Reference } from "./reference.ts";

export type RouteRight = "none" | "pull" | "push" | "delete" | "catalog";

interface Route {
  /** How its addresses look; `<name>`, `<reference>`, `<digest>` and `<upload>` stand for what is parsed. */
  readonly path: string;
  readonly methods: Readonly<Record<string, RouteRight>>;
}

/**
 * The routes of the distribution API: which methods each has, and which right each of them needs. The authoriser is fed
 * from this table, and the route x role matrix test is generated from it.
 */
export const ROUTES = {
  ping: { path: "/v2/", methods: { GET: "none", HEAD: "none" } },
  catalog: { path: "/v2/_catalog", methods: { GET: "catalog", HEAD: "catalog" } },
  tags: { path: "/v2/<name>/tags/list", methods: { GET: "pull", HEAD: "pull" } },
  referrers: { path: "/v2/<name>/referrers/<digest>", methods: { GET: "pull", HEAD: "pull" } },
  manifest: {
    path: "/v2/<name>/manifests/<reference>",
    methods: { GET: "pull", HEAD: "pull", PUT: "push", DELETE: "delete" },
  },
  blob: {
    path: "/v2/<name>/blobs/<digest>",
    methods: { GET: "pull", HEAD: "pull", DELETE: "delete" },
  },
  uploads: { path: "/v2/<name>/blobs/uploads/", methods: { POST: "push" } },
  upload: {
    path: "/v2/<name>/blobs/uploads/<upload>",
    methods: { GET: "push", PATCH: "push", PUT: "push", DELETE: "push" },
  },
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;

interface Matched<Id extends RouteId> {
  readonly id: Id;
  readonly method: keyof (typeof ROUTES)[Id]["methods"] & string;
  readonly right: RouteRight;
  readonly query: URLSearchParams;
}

interface Named {
  readonly name: RepositoryName;
  /** The name that the client used, where names have more than one: answers speak of it by that. */
  readonly asked?: RepositoryName;
}

/** A request whose path was read once; rights and handlers see only this. */
export type RouteMatch =
  | Matched<"ping">
  | Matched<"catalog">
  | (Matched<"tags"> & Named)
  | (Matched<"referrers"> & Named & { readonly digest: Digest })
  | (Matched<"manifest"> & Named & { readonly reference: Reference })
  | (Matched<"blob"> & Named & { readonly digest: Digest })
  | (Matched<"uploads"> & Named)
  | (Matched<"upload"> & Named & { readonly uploadId: string });

/** Where a client finds the repository that it asked for. */
export function addressOf({ name, asked = name }: Named): string {
  return `/v2/${asked}`;
}

/** The method is not one of the route's; `allow` lists those that are. */
export class MethodNotAllowed extends OciError {
  readonly allow: string;

  constructor(id: RouteId) {
    const allow = Object.keys(ROUTES[id].methods).join(", ");
    super("UNSUPPORTED", { allow }, { message: `this address answers ${allow} only` });
    this.allow = allow;
  }
}

const PREFIX = "/v2/";
const UPLOADS = "/blobs/uploads";
const UPLOAD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
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
  if (path === "/v2/_catalog") return match("catalog", method, query);
  const parts = splitPath(path);
  const id = parts && chooseRoute(parts);
  if (parts === undefined || id === undefined) throw unknownPath();
  return parseRepositoryRoute(id, { ...parts, method, query });
}

interface PathParts {
  /** Everything between the prefix and the keyword. */
  readonly name: string;
  /** With its slashes, the part that chooses a route. */
  readonly keyword: string;
  readonly last: string;
}

/**
 * The longest ending decides, so that a repository may be called `x/manifests` or `a/blobs/uploads`. Below `_trust` lies
 * Notary's API, whose names may end like a route of ours.
 */
function splitPath(path: string): PathParts | undefined {
  if (!path.startsWith(PREFIX) || path.includes("/_trust/")) return undefined;
  const end = path.lastIndexOf("/");
  const start = path.startsWith(UPLOADS, end - UPLOADS.length)
    ? end - UPLOADS.length
    : path.lastIndexOf("/", end - 1);
  if (start < PREFIX.length) return undefined;
  const name = path.slice(PREFIX.length, start);
  return { name, keyword: path.slice(start, end + 1), last: path.slice(end + 1) };
}

type RepositoryRouteId = Exclude<RouteId, "ping" | "catalog">;

function chooseRoute({ keyword, last }: PathParts): RepositoryRouteId | undefined {
  switch (keyword) {
    case "/manifests/":
      return "manifest";
    case "/blobs/":
      return last === "uploads" ? "uploads" : "blob";
    case "/blobs/uploads/":
      return last === "" ? "uploads" : "upload";
    case "/referrers/":
      return "referrers";
    case "/tags/":
      return last === "list" ? "tags" : undefined;
    default:
      return undefined;
  }
}

function parseRepositoryRoute(
  id: RepositoryRouteId,
  parts: PathParts & { readonly method: string; readonly query: URLSearchParams },
): RouteMatch {
  const { last, method, query } = parts;
  const name = parseRepositoryName(parts.name);
  switch (id) {
    case "manifest":
      return { ...match(id, method, query), name, reference: parseReference(unescapeColon(last)) };
    case "blob":
      return { ...match(id, method, query), name, digest: parseDigest(unescapeColon(last)) };
    case "referrers":
      return { ...match(id, method, query), name, digest: parseDigest(unescapeColon(last)) };
    case "upload":
      return { ...match(id, method, query), name, uploadId: parseUploadId(last) };
    case "uploads":
      return { ...match(id, method, query), name };
    case "tags":
      return { ...match(id, method, query), name };
  }
}

function match<Id extends RouteId>(id: Id, method: string, query: URLSearchParams): Matched<Id> {
  const rights: Readonly<Record<string, RouteRight>> = ROUTES[id].methods;
  const right = Object.hasOwn(rights, method) ? rights[method] : undefined;
  if (right === undefined) throw new MethodNotAllowed(id);
  return { id, method: method as Matched<Id>["method"], right, query };
}

function parseUploadId(text: string): string {
  if (UPLOAD_ID.test(text)) return text;
  throw new OciError("BLOB_UPLOAD_UNKNOWN", { upload: excerpt(text) });
}

function unescapeColon(segment: string): string {
  return segment.includes("%") ? segment.replace(/^(sha\d+)%3a/i, "$1:") : segment;
}

function unknownPath(): OciError {
  return new OciError("NAME_UNKNOWN", null, { message: "no such address in the registry API" });
}
