import type { Right } from "../../access/index.ts";
import type { Scope } from "../../oci/scope.ts";
import { TrustError } from "../trust-error.ts";
import { isRole, isServerRole, type Role, type ServerRole } from "../tuf/roles.ts";

interface Read {
  readonly query: URLSearchParams;
}

interface At extends Read {
  readonly gun: string;
}

/** A request about one name, its path read once. */
export type TrustRouteAt =
  | (At & { readonly id: "publish" })
  | (At & { readonly id: "delete" })
  | (At & {
      readonly id: "metadata";
      readonly role: Role;
      readonly sha256?: string;
      readonly version?: number;
    })
  | (At & { readonly id: "key"; readonly role: ServerRole })
  | (At & { readonly id: "rotation"; readonly role: ServerRole })
  | (At & { readonly id: "changes" });

export type TrustRoute = TrustRouteAt | (Read & { readonly id: "feed" });

type RouteId = TrustRoute["id"];

const MARK = "/_trust/";
const FEED = "/v2/_trust/changefeed";
/** What a token has to hold, in the words of Notary's clients, and which right of ours that is. */
const RIGHTS: Readonly<Record<RouteId, { readonly right: Right; readonly actions: string[] }>> = {
  publish: { right: "push", actions: ["push", "pull"] },
  delete: { right: "admin", actions: ["*"] },
  metadata: { right: "pull", actions: ["pull"] },
  key: { right: "push", actions: ["push", "pull"] },
  rotation: { right: "admin", actions: ["*"] },
  changes: { right: "pull", actions: ["pull"] },
  feed: { right: "catalog", actions: ["*"] },
};

export function rightOf({ id }: TrustRoute): Right {
  return RIGHTS[id].right;
}

export function scopeOf(route: TrustRoute): Scope {
  const actions = RIGHTS[route.id].actions;
  if (route.id === "feed") return { type: "registry", name: "catalog", actions };
  return { type: "repository", name: route.gun, actions };
}

/** By the path as it came: a name may hold `//`, which means something here. */
export function isTrustPath(target: string): boolean {
  return target.startsWith("/v2/") && pathOf(target).includes(MARK);
}

/** Throws METADATA_NOT_FOUND for whatever is no address, as the reference server does. */
export function parseTrustRoute(method: string, target: string): TrustRoute {
  const path = pathOf(target);
  const query = new URLSearchParams(target.slice(path.length + 1));
  const end = path.lastIndexOf(MARK);
  const gun = path.slice("/v2/".length, Math.max(end, "/v2/".length));
  const rest = path.slice(end + MARK.length);
  const route =
    path === FEED ? feedRoute(method) : gun === "" ? undefined : chooseRoute(method, gun, rest);
  if (route === undefined)
    throw new TrustError("METADATA_NOT_FOUND", { message: "no such address in Notary's API" });
  return { ...route, query };
}

type Chosen = TrustRoute extends infer Route
  ? Route extends TrustRoute
    ? Omit<Route, "query">
    : never
  : never;

function feedRoute(method: string): Chosen | undefined {
  return method === "GET" ? { id: "feed" } : undefined;
}

function chooseRoute(method: string, gun: string, rest: string): Chosen | undefined {
  if (rest === "changefeed") return method === "GET" ? { id: "changes", gun } : undefined;
  if (rest === "tuf/") {
    if (method === "POST") return { id: "publish", gun };
    return method === "DELETE" ? { id: "delete", gun } : undefined;
  }
  const name = /^tuf\/(.+)$/.exec(rest)?.[1] ?? "";
  if (name.endsWith(".key")) return keyRoute(method, gun, name.slice(0, -".key".length));
  return method === "GET" ? fileRoute(gun, name) : undefined;
}

function keyRoute(method: string, gun: string, role: string): Chosen | undefined {
  if (!isServerRole(role)) return undefined;
  if (method === "GET") return { id: "key", gun, role };
  return method === "POST" ? { id: "rotation", gun, role } : undefined;
}

/** `role.json`, `role.<sha256>.json` or `<version>.role.json`; no role has a dot in its name. */
function fileRoute(gun: string, name: string): Chosen | undefined {
  const parts =
    /^(?:(?<version>[1-9]\d{0,14})\.)?(?<role>[^.]+)(?:\.(?<hash>[0-9a-f]{64}))?\.json$/.exec(
      name,
    )?.groups;
  const { version, role = "", hash } = parts ?? {};
  if (!isRole(role) || (version !== undefined && hash !== undefined)) return undefined;
  return {
    ...{ id: "metadata", gun, role },
    ...(hash === undefined ? {} : { sha256: hash }),
    ...(version === undefined ? {} : { version: Number(version) }),
  };
}

function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}
