import { matchesEntityTag } from "../../oci/entity-tag.ts";
import { OciError } from "../../oci/error.ts";
import { MANIFEST_BYTES_LIMIT } from "../../oci/manifest.ts";
import { accepts, isIndexMediaType } from "../../oci/media-type.ts";
import { addressOf, type RouteMatch } from "../../oci/route.ts";
import { parseTag, type Tag } from "../../oci/tag.ts";
import { warningHeader } from "../../oci/warning.ts";
import type { Headroom } from "../../platform/blobs/index.ts";
import { readBody } from "../../platform/http/index.ts";
import type { Deletions } from "../manifests/deletions.ts";
import type { ServedManifest } from "../manifests/manifest-cache.ts";
import type { ManifestReader } from "../manifests/manifest-reader.ts";
import type { ManifestWriter } from "../manifests/manifest-writer.ts";
import type { GateAnswer, PullGate } from "../manifests/pull-gate.ts";
import type { ManifestPull, PullWatch } from "../manifests/pull-watch.ts";
import type { TrafficWatch } from "../traffic/traffic-watch.ts";
import { answerEmpty, type Exchange } from "./exchange.ts";

const NEARLY_FULL =
  "the registry's disk is nearly full: pushes will be refused soon; free space or tell its operator";

type ManifestRoute = Extract<RouteMatch, { id: "manifest" }>;

export interface ManifestRouteDeps {
  readonly reader: ManifestReader;
  readonly pulls: PullWatch;
  readonly gate: PullGate;
  readonly traffic: TrafficWatch;
  readonly writer: ManifestWriter;
  readonly deletions: Deletions;
  readonly allowsDelete: boolean;
  readonly tagsPerPush: number;
  readonly headroom: Pick<Headroom, "isTight">;
}

/** `GET` and `HEAD /v2/<name>/manifests/<reference>` */
export function getManifest(
  deps: ManifestRouteDeps,
  exchange: Exchange,
  route: ManifestRoute,
): undefined | Promise<void> {
  // Nearly every pull is answered from memory, without a turn of the event loop.
  const cached = deps.reader.findCached(route.name, route.reference);
  if (cached !== undefined) return passGate(deps, exchange, { route, manifest: cached });
  return deps.reader
    .get(route.name, route.reference)
    .then((manifest) => passGate(deps, exchange, { route, manifest }));
}

/** What policies say comes before anything is counted. */
function passGate(
  deps: Pick<ManifestRouteDeps, "pulls" | "gate">,
  exchange: Exchange,
  found: Found,
): undefined | Promise<void> {
  if (deps.gate.isOpen) return sendManifest(deps, exchange, found);
  const { principal } = exchange;
  const { route, manifest } = found;
  const asked = { repository: route.name, manifest, principal, origin: exchange.origin() };
  const said = deps.gate.judge(asked);
  if (said instanceof Promise) {
    return said.then((answer) => {
      obeyGate(exchange, answer);
      sendManifest(deps, exchange, found);
    });
  }
  obeyGate(exchange, said);
  return sendManifest(deps, exchange, found);
}

function obeyGate({ response }: Exchange, answer: GateAnswer | undefined): void {
  if (answer === undefined) return;
  if (answer.refusal !== undefined) throw answer.refusal;
  const { warnings } = answer;
  if (warnings.length > 0) response.setHeader("Warning", warnings.map(warningHeader));
}

interface Found {
  readonly route: ManifestRoute;
  readonly manifest: ServedManifest;
}

function sendManifest(
  { pulls }: Pick<ManifestRouteDeps, "pulls">,
  exchange: Exchange,
  { route, manifest }: Found,
): undefined {
  const { request, response, principal } = exchange;
  const { name: repository, reference } = route;
  if (reference.kind === "tag") assertAccepted(exchange, manifest);
  const known = request.headers["if-none-match"];
  const isKnown = known !== undefined && matchesEntityTag(known, manifest.digest);
  const kind = route.method === "GET" && !isKnown ? "pull" : "check";
  const tag = reference.kind === "tag" ? reference.tag : undefined;
  const pull: ManifestPull = {
    ...{ repository, tag, manifest, kind, principal },
    origin: exchange.origin(),
  };
  holdToLimit(pulls, exchange, pull);
  pulls.note(pull);
  if (isKnown) {
    const headers = { ETag: `"${manifest.digest}"`, "Docker-Content-Digest": manifest.digest };
    response.writeHead(304, headers).end();
    return undefined;
  }
  response.writeHead(200, headersOfManifest(manifest));
  response.end(route.method === "HEAD" ? undefined : manifest.payload);
  return undefined;
}

/** Before a manifest is out and long before a blob: a client that is refused in the middle has transferred for nothing. */
function holdToLimit(
  pulls: Pick<PullWatch, "admit">,
  { response }: Exchange,
  pull: ManifestPull,
): void {
  const allowance = pulls.admit(pull);
  if (allowance === undefined) return;
  for (const [name, value] of Object.entries(allowance.headers)) response.setHeader(name, value);
  if (allowance.refusal !== undefined) throw allowance.refusal;
}

export function headersOfManifest(manifest: ServedManifest): Record<string, string | number> {
  return {
    "Content-Type": manifest.mediaType,
    "Content-Length": manifest.payload.length,
    "Docker-Content-Digest": manifest.digest,
    ETag: `"${manifest.digest}"`,
    "Cache-Control": "no-transform",
  };
}

/** A tag is not converted for clients that cannot read what it names: that would change its digest. */
function assertAccepted(exchange: Exchange, manifest: ServedManifest): void {
  const values = exchange.request.headersDistinct.accept;
  if (values === undefined || accepts(values, manifest.mediaType)) return;
  const what = isIndexMediaType(manifest.mediaType) ? "an index of several platforms" : "an image";
  throw new OciError(
    "MANIFEST_UNKNOWN",
    { mediaType: manifest.mediaType },
    {
      message: `the tag is ${what} (${manifest.mediaType}), which the request's Accept does not allow`,
    },
  );
}

/** `PUT /v2/<name>/manifests/<reference>` */
export async function putManifest(
  deps: ManifestRouteDeps,
  exchange: Exchange,
  route: ManifestRoute,
): Promise<void> {
  const { request, response, principal } = exchange;
  const tags = parseTags(deps, route);
  const bytes = await readBody(request, { limit: MANIFEST_BYTES_LIMIT });
  const pushed = await deps.writer.put({
    repository: route.name,
    repositoryId: exchange.repositoryId,
    reference: route.reference,
    tags,
    contentType: request.headers["content-type"],
    bytes,
    condition: {
      ifMatch: request.headers["if-match"],
      ifNoneMatch: request.headers["if-none-match"],
    },
    tagRules: exchange.tagRules,
    principal,
    origin: exchange.origin(),
  });
  const stored = { repository: route.name, principal, bytes: bytes.length };
  deps.traffic.note({ kind: "manifest stored", ...stored });
  if (tags.length > 0) response.setHeader("OCI-Tag", [...tags]);
  const warnings = [...(deps.headroom.isTight ? [NEARLY_FULL] : []), ...pushed.warnings];
  if (warnings.length > 0) response.setHeader("Warning", warnings.map(warningHeader));
  answerEmpty(exchange, 201, {
    Location: `${addressOf(route)}/manifests/${pushed.digest}`,
    "Docker-Content-Digest": pushed.digest,
    ...(pushed.subject === undefined ? {} : { "OCI-Subject": pushed.subject }),
  });
}

function parseTags(deps: ManifestRouteDeps, route: ManifestRoute): readonly Tag[] {
  const tags = route.query.getAll("tag");
  if (tags.length > deps.tagsPerPush) {
    throw new OciError(
      "TAG_INVALID",
      { limit: deps.tagsPerPush },
      { message: `one push sets at most ${deps.tagsPerPush} tags` },
    );
  }
  if (tags.length > 0 && route.reference.kind === "tag") {
    throw new OciError("TAG_INVALID", null, {
      message: "?tag= goes with a push by digest, not by tag",
    });
  }
  return tags.map(parseTag);
}

/** `DELETE /v2/<name>/manifests/<reference>` */
export async function deleteManifest(
  deps: ManifestRouteDeps,
  exchange: Exchange,
  route: ManifestRoute,
): Promise<void> {
  assertDeleteAllowed(deps.allowsDelete);
  const { name: repository, reference } = route;
  const by = { principal: exchange.principal, origin: exchange.origin() };
  if (reference.kind === "tag") {
    await deps.deletions.deleteTag({ repository, tag: reference.tag, ...by });
  } else {
    await deps.deletions.deleteManifest({ repository, digest: reference.digest, ...by });
  }
  answerEmpty(exchange, 202, {});
}

/** One switch for tags, manifests and blobs alike (CVE-2026-41888: a tag was deleted past it). */
export function assertDeleteAllowed(allowsDelete: boolean): void {
  if (allowsDelete) return;
  throw new OciError("UNSUPPORTED", null, {
    message: "deleting is switched off on this registry (delete.enabled)",
  });
}
