import type { ServerResponse } from "node:http";
import { parseByteRange } from "../../oci/byte-range.ts";
import type { Digest } from "../../oci/digest.ts";
import { matchesEntityTag } from "../../oci/entity-tag.ts";
import { OciError } from "../../oci/error.ts";
import type { RouteMatch } from "../../oci/route.ts";
import type { BlobRights } from "../blobs/blob-rights.ts";
import type { BlobSender } from "../blobs/blob-sender.ts";
import type { LinkGrace } from "../blobs/link-grace.ts";
import type { Deletions } from "../manifests/deletions.ts";
import type { TrafficWatch } from "../traffic/traffic-watch.ts";
import { answerEmpty, type Exchange } from "./exchange.ts";
import { assertDeleteAllowed } from "./manifest-routes.ts";

type BlobRoute = Extract<RouteMatch, { id: "blob" }>;

export interface BlobRouteDeps {
  readonly rights: BlobRights;
  readonly sender: BlobSender;
  readonly grace: LinkGrace;
  readonly deletions: Deletions;
  readonly traffic: TrafficWatch;
  readonly allowsDelete: boolean;
}

/** `HEAD /v2/<name>/blobs/<digest>` */
export async function headBlob(
  deps: BlobRouteDeps,
  exchange: Exchange,
  route: BlobRoute,
): Promise<void> {
  const size = await getSize(deps, route);
  // The client will skip the upload: the blob must not be collected before its manifest comes.
  await deps.grace.extend(route.name, route.digest);
  if (isKnown(exchange, route.digest)) return answerNotModified(exchange.response, route.digest);
  exchange.response
    .writeHead(200, { ...headersOfBlob(route.digest), "Content-Length": size })
    .end();
}

/** `GET /v2/<name>/blobs/<digest>` */
export async function getBlob(
  deps: BlobRouteDeps,
  exchange: Exchange,
  route: BlobRoute,
): Promise<void> {
  const { request, response, principal } = exchange;
  const { digest, name: repository } = route;
  const size = await getSize(deps, route);
  if (isKnown(exchange, digest)) return answerNotModified(response, digest);
  const range = parseByteRange(honouredRange(exchange, digest), size);
  if (range.kind === "unsatisfiable") {
    throw new OciError(
      "RANGE_INVALID",
      { size },
      { message: `the blob has ${size} bytes; ask for a part of those` },
    );
  }
  const part = range.kind === "part" ? range : { start: 0, end: size - 1 };
  const isPart = range.kind === "part";
  await deps.sender.send({
    request,
    response,
    digest,
    size,
    start: part.start,
    end: part.end + 1,
    status: isPart ? 206 : 200,
    headers: {
      ...headersOfBlob(digest),
      "Content-Length": part.end - part.start + 1,
      ...(isPart ? { "Content-Range": `bytes ${part.start}-${part.end}/${size}` } : {}),
    },
  });
  // Whoever left in the middle has none of it.
  if (response.destroyed) return;
  const bytes = part.end - part.start + 1;
  deps.traffic.note({ kind: "layer sent", repository, principal, bytes });
}

/** `DELETE /v2/<name>/blobs/<digest>` */
export async function deleteBlob(
  deps: BlobRouteDeps,
  exchange: Exchange,
  route: BlobRoute,
): Promise<void> {
  assertDeleteAllowed(deps.allowsDelete);
  const { name: repository, digest } = route;
  await deps.deletions.deleteBlob({ repository, digest, by: exchange });
  answerEmpty(exchange, 202, {});
}

async function getSize(deps: BlobRouteDeps, route: BlobRoute): Promise<number> {
  const size = await deps.rights.findSize(route.name, route.digest);
  if (size === undefined) throw new OciError("BLOB_UNKNOWN", { digest: route.digest });
  return size;
}

/** `If-Range` with another version means: send the whole (RFC 9110, section 13.1.5). */
function honouredRange(exchange: Exchange, digest: Digest): string | undefined {
  const { range, "if-range": ifRange } = exchange.request.headers;
  if (ifRange !== undefined && !matchesEntityTag(String(ifRange), digest)) return undefined;
  return range;
}

function isKnown(exchange: Exchange, digest: Digest): boolean {
  const known = exchange.request.headers["if-none-match"];
  return known !== undefined && matchesEntityTag(known, digest);
}

function answerNotModified(response: ServerResponse, digest: Digest): void {
  response.writeHead(304, { ETag: `"${digest}"`, "Docker-Content-Digest": digest }).end();
}

/** Blobs never change, so caches may keep them; nobody may compress them on the way. */
export function headersOfBlob(digest: Digest) {
  return {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    ETag: `"${digest}"`,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=31536000, immutable, no-transform",
  };
}
