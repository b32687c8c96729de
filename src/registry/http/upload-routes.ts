import type { IncomingMessage } from "node:http";
import type { Authoriser } from "../../access/index.ts";
import { parseContentRange } from "../../oci/content-range.ts";
import { type Digest, isDigest, parseDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { isRepositoryName, type RepositoryName } from "../../oci/name.ts";
import { addressOf, type RouteMatch } from "../../oci/route.ts";
import { warningHeader } from "../../oci/warning.ts";
import type { BlobMounts } from "../blobs/blob-mounts.ts";
import type { PushQuota } from "../quotas/push-quota.ts";
import type { TrafficWatch } from "../traffic/traffic-watch.ts";
import type { Chunk } from "../uploads/chunk.ts";
import type { UploadKey, Uploads } from "../uploads/uploads.ts";
import { answerEmpty, type Exchange } from "./exchange.ts";

type UploadsRoute = Extract<RouteMatch, { id: "uploads" }>;
type UploadRoute = Extract<RouteMatch, { id: "upload" }>;

export interface UploadRouteDeps {
  readonly uploads: Uploads;
  readonly mounts: BlobMounts;
  readonly authoriser: Authoriser;
  readonly quota: Pick<PushQuota, "warningsFor">;
  readonly traffic: TrafficWatch;
  readonly clientAddressOf: (request: IncomingMessage) => string;
}

/** `POST /v2/<name>/blobs/uploads/`: a mount, a whole blob, or a new session. */
export async function postUpload(
  deps: UploadRouteDeps,
  exchange: Exchange,
  route: UploadsRoute,
): Promise<void> {
  const { query } = route;
  const mount = query.get("mount");
  if (mount !== null && (await tryMount(deps, exchange, { route, mount }))) return;
  const digest = query.get("digest");
  const start = {
    repository: route.name,
    repositoryId: exchange.repositoryId,
    principal: exchange.principal,
    origin: exchange.origin,
    countedFor: countedFor(deps, exchange),
    algorithm: parseAlgorithm(query.get("digest-algorithm")),
  };
  if (digest !== null && mount === null) {
    const whole = parseDigest(digest);
    const upload = { ...start, digest: whole, chunk: readChunk(exchange) };
    noteStored(deps, exchange, { route, bytes: await deps.uploads.receiveWhole(upload) });
    await answerCreated(deps, exchange, { route, digest: whole });
    return;
  }
  const id = await deps.uploads.start(start);
  answerAccepted(exchange, 202, { address: addressOf(route), id, size: 0 });
}

/** A blob that another repository has. Anything in the way (unknown, unreadable, malformed) means: upload it. */
async function tryMount(
  deps: UploadRouteDeps,
  exchange: Exchange,
  wish: { route: UploadsRoute; mount: string },
): Promise<boolean> {
  const { route, mount } = wish;
  if (!isDigest(mount)) return false;
  const from = parseSource(route.query.get("from"));
  if (from === "malformed") return false;
  const isMounted = await deps.mounts.mount({
    digest: mount,
    to: { name: route.name, repositoryId: exchange.repositoryId },
    from,
    by: exchange,
    findReadable: async (repository) => {
      const question = { principal: exchange.principal, right: "pull", repository } as const;
      const decision = await deps.authoriser.decide(question);
      return decision.kind === "allow" ? (decision.repository ?? repository) : undefined;
    },
  });
  if (isMounted) await answerCreated(deps, exchange, { route, digest: mount });
  return isMounted;
}

function parseSource(from: string | null): RepositoryName | undefined | "malformed" {
  if (from === null || from === "") return undefined;
  // A mount is a shortcut: a client that names a source we cannot parse gets an upload session instead.
  return isRepositoryName(from) ? from : "malformed";
}

/** `GET /v2/<name>/blobs/uploads/<id>` */
export async function getUpload(
  deps: UploadRouteDeps,
  exchange: Exchange,
  route: UploadRoute,
): Promise<void> {
  const size = await deps.uploads.status(keyOf(exchange, route));
  answerAccepted(exchange, 204, { address: addressOf(route), id: route.uploadId, size });
}

/** `PATCH /v2/<name>/blobs/uploads/<id>` */
export async function patchUpload(
  deps: UploadRouteDeps,
  exchange: Exchange,
  route: UploadRoute,
): Promise<void> {
  const size = await deps.uploads.append(keyOf(exchange, route), readChunk(exchange));
  answerAccepted(exchange, 202, { address: addressOf(route), id: route.uploadId, size });
}

/** `PUT /v2/<name>/blobs/uploads/<id>?digest=<digest>` */
export async function putUpload(
  deps: UploadRouteDeps,
  exchange: Exchange,
  route: UploadRoute,
): Promise<void> {
  const key = keyOf(exchange, route);
  const text = route.query.get("digest");
  if (text === null) {
    await deps.uploads.status(key);
    throw new OciError("DIGEST_INVALID", null, {
      message: "the request that closes an upload needs ?digest=<algorithm>:<hex>",
    });
  }
  const digest = parseDigest(text);
  const bytes = await deps.uploads.finish(key, { digest, chunk: readChunk(exchange) });
  noteStored(deps, exchange, { route, bytes });
  await answerCreated(deps, exchange, { route, digest });
}

/** `DELETE /v2/<name>/blobs/uploads/<id>` */
export async function deleteUpload(
  deps: UploadRouteDeps,
  exchange: Exchange,
  route: UploadRoute,
): Promise<void> {
  await deps.uploads.cancel(keyOf(exchange, route));
  answerEmpty(exchange, 204, {});
}

function keyOf(exchange: Exchange, route: UploadRoute): UploadKey {
  const { principal, origin, repositoryId } = exchange;
  return { id: route.uploadId, repository: route.name, repositoryId, principal, origin };
}

function readChunk(exchange: Exchange): Chunk {
  const { headers } = exchange.request;
  const range = headers["content-range"];
  const length = headers["content-length"];
  const isChunked = headers["transfer-encoding"] !== undefined;
  return {
    source: exchange.request,
    range: range === undefined ? undefined : parseContentRange(range),
    length: isChunked ? undefined : Number(length ?? 0),
  };
}

function parseAlgorithm(text: string | null): "sha256" | "sha512" {
  if (text === null || text === "sha256") return "sha256";
  if (text === "sha512") return "sha512";
  throw new OciError(
    "DIGEST_INVALID",
    { algorithm: text.slice(0, 100) },
    {
      message: "this registry verifies sha256 and sha512 only",
    },
  );
}

function countedFor(deps: UploadRouteDeps, { principal, request }: Exchange): string {
  if (principal.kind === "user") return `user ${principal.name}`;
  return `address ${deps.clientAddressOf(request)}`;
}

function noteStored(
  { traffic }: UploadRouteDeps,
  { principal }: Exchange,
  stored: { readonly route: UploadsRoute | UploadRoute; readonly bytes: number },
): void {
  const { route, bytes } = stored;
  traffic.note({ kind: "layer stored", repository: route.name, principal, bytes });
}

/** `Range` says `0-0` for a session without bytes too: clients cannot parse `0--1`. */
function answerAccepted(
  exchange: Exchange,
  status: 202 | 204,
  upload: { address: string; id: string; size: number },
): void {
  exchange.response.writeHead(status, {
    Location: `${upload.address}/blobs/uploads/${upload.id}`,
    Range: `0-${Math.max(0, upload.size - 1)}`,
    "Docker-Upload-UUID": upload.id,
    ...(status === 202 ? { "Content-Length": 0 } : {}),
  });
  exchange.response.end();
}

async function answerCreated(
  { quota }: UploadRouteDeps,
  exchange: Exchange,
  created: { readonly route: UploadsRoute | UploadRoute; readonly digest: Digest },
): Promise<void> {
  const { route, digest } = created;
  const { repositoryId } = exchange;
  const warnings = await quota.warningsFor({ name: route.name, repositoryId });
  if (warnings.length > 0) exchange.response.setHeader("Warning", warnings.map(warningHeader));
  answerEmpty(exchange, 201, {
    Location: `${addressOf(route)}/blobs/${digest}`,
    "Docker-Content-Digest": digest,
  });
}
