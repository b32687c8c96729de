import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import {
  type Attempt,
  type Authoriser,
  type Decision,
  describeWrong,
  type Origin,
  originOf,
  type Permission,
  type Principal,
  type Proof,
  printDenial,
  proofOf,
} from "../../access/index.ts";
import { OciError } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { parseRoute, type RouteMatch } from "../../oci/route.ts";
import type { PublicAddress, RequestHandler } from "../../platform/http/index.ts";
import { type RequestObserver, statusOf } from "../../platform/observability/index.ts";
import { type BlobRouteDeps, deleteBlob, getBlob, headBlob } from "./blob-routes.ts";
import { type DiscoveryDeps, getListing, getReferrers } from "./discovery-routes.ts";
import { API_VERSION, API_VERSION_HEADER, answerJson, type Exchange } from "./exchange.ts";
import { answerFailure } from "./failure.ts";
import {
  deleteManifest,
  getManifest,
  type ManifestRouteDeps,
  putManifest,
} from "./manifest-routes.ts";
import { type ChallengeDeps, challengeFor, Unauthorized } from "./unauthorized.ts";
import {
  deleteUpload,
  getUpload,
  patchUpload,
  postUpload,
  putUpload,
  type UploadRouteDeps,
} from "./upload-routes.ts";

export interface DistributionDeps extends ChallengeDeps, PublicAddress {
  readonly authoriser: Authoriser;
  readonly blobs: BlobRouteDeps;
  readonly manifests: ManifestRouteDeps;
  readonly uploads: UploadRouteDeps;
  readonly discovery: DiscoveryDeps;
  readonly isReadOnly: boolean;
  /** Makes the organization that a push of an administrator needs. */
  readonly createOrganization: CreateOrganization;
  readonly noteRefusal: (deed: Attempt) => void;
  /** A header on every answer, such as HSTS. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Counts an answer; called once for each request, when its answer is out or its client gone. */
  readonly observe: RequestObserver;
  readonly log: Logger;
}

/** Everything below `/v2/`. The path is read once; authoriser and handlers see only what was read. */
export function createDistributionHandler(deps: DistributionDeps): RequestHandler {
  const standingHeaders = Object.entries(deps.headers);
  return (request, response) => {
    const startedAt = performance.now();
    response.setHeader(API_VERSION_HEADER, API_VERSION);
    for (const [name, values] of standingHeaders) response.setHeader(name, [...values]);
    let route: RouteMatch | undefined;
    response.on("close", () =>
      deps.observe({
        route: route?.id ?? "none",
        method: request.method ?? "GET",
        status: statusOf(response),
        startedAt,
        exchange: { request, response },
      }),
    );
    try {
      route = parseRoute(request.method ?? "GET", request.url ?? "/");
      const running = serve(deps, { request, response, route });
      running?.catch((cause: unknown) => fail(cause));
    } catch (cause) {
      fail(cause);
    }

    function fail(cause: unknown): void {
      answerFailure({
        request,
        response,
        cause,
        challenge: () => challengeFor(deps, { request, route, cause }),
        log: deps.log,
      });
    }
  };
}

/** Of the first part of a repository's name, for somebody who may. */
export type CreateOrganization = (wish: {
  readonly for: RepositoryName;
  readonly by: Principal;
  readonly origin: Origin;
}) => Promise<void>;

interface Served {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: RouteMatch;
}

/** Who is it, may they, do it. Nothing here waits unless it has to: a cached manifest is answered in the same turn. */
function serve(deps: DistributionDeps, served: Served): Promise<void> | undefined {
  const proof = proofOf(served.request, deps);
  const principal = deps.authenticator.authenticate(proof);
  if (principal instanceof Promise) {
    return principal.then((known) => serveAs(deps, { ...served, proof }, known));
  }
  return serveAs(deps, { ...served, proof }, principal);
}

function serveAs(
  deps: DistributionDeps,
  served: Served & { readonly proof: Proof | undefined },
  principal: Principal | undefined,
): Promise<void> | undefined {
  const { request, response, route, proof } = served;
  if (principal === undefined) throw new Unauthorized(describeWrong(proof), "invalid");
  const caller = principal;
  const origin = () => originOf(request, deps);
  const decision = deps.authoriser.decide({
    principal,
    right: route.right,
    ...("name" in route ? { repository: route.name } : {}),
  });
  if (decision instanceof Promise) return decision.then((known) => obey(known));
  return obey(decision);

  function obey(known: Decision): Promise<void> | undefined {
    if (known.kind === "challenge") throw new Unauthorized(known.reason, proof && "insufficient");
    if (deps.isReadOnly && (route.right === "push" || route.right === "delete")) throw readOnly();
    if (known.kind === "deny") {
      noteRefusal(deps, { route, by: caller, origin: origin() });
      throw new OciError("DENIED", null, { message: printDenial(known, deps.baseUrlOf(request)) });
    }
    if (known.kind === "hide") {
      noteRefusal(deps, { route, by: caller, origin: origin() });
      throw new OciError("NAME_UNKNOWN", null, { message: known.reason });
    }
    const { tagRules, repositoryId } = known;
    const { log } = deps;
    const by = { principal: caller, origin };
    const exchange: Exchange = { request, response, ...by, log, tagRules, repositoryId };
    return dispatchOnce(deps, exchange, { route: canonical(route, known), permission: known });
  }
}

/** Who asks for what is decided on by the name that the hub knows the repository by, and by no other from here on. */
function canonical(route: RouteMatch, { repository }: Permission): RouteMatch {
  if (repository === undefined || !("name" in route)) return route;
  return route.name === repository ? route : { ...route, name: repository, asked: route.name };
}

function dispatchOnce(
  deps: DistributionDeps,
  exchange: Exchange,
  { route, permission }: { route: RouteMatch; permission: Permission },
): Promise<void> | undefined {
  if (permission.createsOrganization !== true || !("name" in route) || !storesSomething(route))
    return dispatch(deps, exchange, route);
  const { principal: by, origin } = exchange;
  return deps
    .createOrganization({ for: route.name, by, origin: origin() })
    .then(() => dispatch(deps, exchange, route));
}

/** Of what would have changed something. */
function noteRefusal(
  deps: Pick<DistributionDeps, "noteRefusal">,
  refused: { readonly route: RouteMatch; readonly by: Principal; readonly origin: Origin },
): void {
  const { route, by, origin } = refused;
  if (!("name" in route) || route.right === "pull") return;
  const [account = ""] = route.name.split("/", 1);
  deps.noteRefusal({ action: `repo.${route.right}`, by, origin, account, name: route.name });
}

/** An upload that was only begun leaves nothing behind. */
function storesSomething({ method, query }: RouteMatch): boolean {
  return method === "PUT" || query.has("digest") || query.has("mount");
}

function dispatch(
  deps: DistributionDeps,
  exchange: Exchange,
  route: RouteMatch,
): Promise<void> | undefined {
  switch (route.id) {
    case "manifest":
      return dispatchManifest(deps.manifests, exchange, route);
    case "blob":
      return dispatchBlob(deps.blobs, exchange, route);
    case "uploads":
      return postUpload(deps.uploads, exchange, route);
    case "upload":
      return dispatchUpload(deps.uploads, exchange, route);
    case "tags":
    case "catalog":
      return getListing(deps.discovery, exchange, route);
    case "referrers":
      return getReferrers(deps.discovery, exchange, route);
    case "ping":
      answerJson(exchange, 200, { body: {} });
      return undefined;
  }
}

function dispatchManifest(
  deps: ManifestRouteDeps,
  exchange: Exchange,
  route: Extract<RouteMatch, { id: "manifest" }>,
): Promise<void> | undefined {
  switch (route.method) {
    case "GET":
    case "HEAD":
      return getManifest(deps, exchange, route);
    case "PUT":
      return putManifest(deps, exchange, route);
    case "DELETE":
      return deleteManifest(deps, exchange, route);
  }
}

function dispatchBlob(
  deps: BlobRouteDeps,
  exchange: Exchange,
  route: Extract<RouteMatch, { id: "blob" }>,
): Promise<void> {
  switch (route.method) {
    case "GET":
      return getBlob(deps, exchange, route);
    case "HEAD":
      return headBlob(deps, exchange, route);
    case "DELETE":
      return deleteBlob(deps, exchange, route);
  }
}

function dispatchUpload(
  deps: UploadRouteDeps,
  exchange: Exchange,
  route: Extract<RouteMatch, { id: "upload" }>,
): Promise<void> {
  switch (route.method) {
    case "GET":
      return getUpload(deps, exchange, route);
    case "PATCH":
      return patchUpload(deps, exchange, route);
    case "PUT":
      return putUpload(deps, exchange, route);
    case "DELETE":
      return deleteUpload(deps, exchange, route);
  }
}

function readOnly(): OciError {
  return new OciError("UNSUPPORTED", null, {
    message: "this registry is read-only for now (storage.readOnly): pull, or push later",
  });
}
