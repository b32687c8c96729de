import type { IncomingMessage } from "node:http";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";

/** They change nothing, whatever the route. */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** No page can send this to another site unless that site agrees first, which the hub never does. */
const OWN_HEADER = "x-requested-with";

type Asked = Pick<IncomingMessage, "headers" | "method">;

/**
 * A browser sends its cookie along with whatever any page makes it send. What changes something has to show that it comes
 * from the hub's own pages: by what browsers say about it, or by a header that other sites cannot send. Throws CROSS_SITE.
 */
export function assertSameOrigin(request: Asked, baseUrl: string | undefined): void {
  if (SAFE.has(request.method ?? "")) return;
  const verdict = judge(request, baseUrl);
  if (verdict === "own" || (verdict === "unknown" && OWN_HEADER in request.headers)) return;
  const detail =
    verdict === "other"
      ? "the request was made by a page of another site"
      : "with a session, send Origin or Sec-Fetch-Site as browsers do, or the header X-Requested-With";
  throw new ProblemError(PROBLEMS.CROSS_SITE, { detail });
}

/** The same for a login: nobody is made to work as somebody else by a page of another site. Throws CROSS_SITE. */
export function assertNotCrossSite(request: Asked, baseUrl: string | undefined): void {
  if (judge(request, baseUrl) !== "other") return;
  const detail = "the request was made by a page of another site";
  throw new ProblemError(PROBLEMS.CROSS_SITE, { detail });
}

function judge({ headers }: Asked, baseUrl: string | undefined): "own" | "other" | "unknown" {
  const site = headers["sec-fetch-site"];
  // `none`: typed by the user, or from a bookmark.
  if (site !== undefined) return site === "same-origin" || site === "none" ? "own" : "other";
  if (headers.origin === undefined) return "unknown";
  return isOwn(headers.origin, headers.host, baseUrl) ? "own" : "other";
}

/** Behind a proxy that ends TLS the hub may not know its scheme, but what was asked for by https is never asked by http. */
function isOwn(text: string, host: string | undefined, baseUrl: string | undefined): boolean {
  const origin = URL.parse(text);
  const base = baseUrl === undefined ? null : URL.parse(baseUrl);
  if (origin === null) return false;
  if (origin.origin === base?.origin) return true;
  const isDowngrade = base?.protocol === "https:" && origin.protocol !== "https:";
  return !isDowngrade && origin.host === host?.toLowerCase();
}
