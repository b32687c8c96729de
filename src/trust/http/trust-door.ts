import type { IncomingMessage } from "node:http";
import {
  type Attempt,
  type Authenticator,
  type Authoriser,
  type Decision,
  describeWrong,
  hostsOf,
  type Origin,
  originOf,
  type Permission,
  type Principal,
  printDenial,
  proofOf,
} from "../../access/index.ts";
import { repositoryOfGun } from "../../oci/gun.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { TrustBy } from "../collections/trust-collection.ts";
import type { TrustPlace } from "../collections/trust-place.ts";
import { TrustError } from "../trust-error.ts";
import { TrustUnauthorized } from "./trust-failure.ts";
import { rightOf, type TrustRoute, type TrustRouteAt } from "./trust-route.ts";

export interface DoorDeps extends PublicAddress {
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  readonly createOrganization: (wish: {
    readonly for: RepositoryName;
    readonly by: Principal;
    readonly origin: Origin;
  }) => Promise<void>;
  readonly noteRefusal: (deed: Attempt) => void;
  /** Refuse whatever would change something. */
  readonly isReadOnly: boolean;
}

/** Undefined for the feed of the whole hub. */
export interface Admitted {
  readonly place: TrustPlace | undefined;
  readonly by: TrustBy;
}

/** Who is it, and may they: by the same authoriser as everything else, for the repository that the name stands for. */
export async function admit(
  deps: DoorDeps,
  request: IncomingMessage,
  route: TrustRoute,
): Promise<Admitted> {
  const proof = proofOf(request, deps);
  const principal = await deps.authenticator.authenticate(proof);
  if (principal === undefined) throw new TrustUnauthorized(describeWrong(proof), "invalid");
  const by = { by: principal, origin: originOf(request, deps) };
  const right = rightOf(route);
  const repository = route.id === "feed" ? undefined : repositoryFor(deps, request, route);
  const decision = await deps.authoriser.decide({
    right,
    principal: route.id === "feed" ? principal : grantedFor(principal, route.gun, repository),
    ...(repository === undefined ? {} : { repository }),
  });
  if (decision.kind !== "allow") throw refuse(deps, { request, route, decision, repository, by });
  if (deps.isReadOnly && right !== "pull" && right !== "catalog") throw readOnly();
  if (route.id === "feed" || repository === undefined) return { place: undefined, by };
  const place = placeOf(route.gun, repository, decision);
  if (decision.createsOrganization === true && route.id === "key")
    await deps.createOrganization({ for: place.name, ...by });
  return { place, by };
}

function repositoryFor(
  deps: DoorDeps,
  request: IncomingMessage,
  route: TrustRouteAt,
): RepositoryName {
  const found = repositoryOfGun(route.gun, hostsOf(request, deps));
  if (found !== undefined) return found;
  const message = `${route.gun.slice(0, 256)} names no repository of this hub, as it is reached here`;
  // A client that asks this hub about the images of every other is told that nothing is signed.
  const isRead = rightOf(route) === "pull";
  throw new TrustError(isRead ? "METADATA_NOT_FOUND" : "INVALID_GUN", { message });
}

/** A token for trust data names the whole of what is signed; here it counts for the repository that this stands for. */
function grantedFor(
  principal: Principal,
  gun: string,
  repository: RepositoryName | undefined,
): Principal {
  const { granted } = principal;
  if (granted === undefined || repository === undefined) return principal;
  const ofGun = granted.filter(({ repositories }) => repositories === gun);
  return {
    ...principal,
    granted: ofGun.map((permit) => ({ ...permit, repositories: repository })),
  };
}

function placeOf(gun: string, asked: RepositoryName, decision: Permission): TrustPlace {
  return { gun, name: decision.repository ?? asked, repositoryId: decision.repositoryId };
}

function refuse(
  deps: DoorDeps,
  refused: {
    readonly request: IncomingMessage;
    readonly route: TrustRoute;
    readonly decision: Exclude<Decision, Permission>;
    readonly repository: RepositoryName | undefined;
    readonly by: TrustBy;
  },
): TrustError {
  const { request, route, decision, repository, by } = refused;
  const hasProof = request.headers.authorization !== undefined;
  switch (decision.kind) {
    case "challenge":
      return new TrustUnauthorized(decision.reason, hasProof ? "insufficient" : undefined);
    case "hide":
      return new TrustError("METADATA_NOT_FOUND", { message: decision.reason });
    case "deny": {
      if (repository !== undefined && rightOf(route) !== "pull") {
        const [account = ""] = repository.split("/", 1);
        deps.noteRefusal({ ...by, action: `repo.trust.${route.id}`, account, name: repository });
      }
      const message = printDenial(decision, deps.baseUrlOf(request));
      return new TrustUnauthorized(message, "insufficient");
    }
  }
}

function readOnly(): TrustError {
  const message = "this registry is read-only for now (storage.readOnly): publish later";
  const detail = { Name: "ErrValidation", Error: { Msg: message } };
  return new TrustError("INVALID_UPDATE", { message, detail });
}
