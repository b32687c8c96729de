import { type Principal, shortClient } from "../../access/index.ts";
import { accepts } from "../../oci/media-type.ts";
import type { RouteMatch } from "../../oci/route.ts";
import type { LaneAnswer, PlainRequest } from "../../platform/http/index.ts";
import type { RequestObserver } from "../../platform/observability/index.ts";
import type { ServedManifest } from "../manifests/manifest-cache.ts";
import type { ManifestReader } from "../manifests/manifest-reader.ts";
import type { PullGate } from "../manifests/pull-gate.ts";
import type { PullWatch } from "../manifests/pull-watch.ts";
import { headersOfManifest } from "./manifest-routes.ts";

export interface ManifestLaneDeps {
  readonly reader: Pick<ManifestReader, "findCached" | "get">;
  readonly pulls: Pick<PullWatch, "note">;
  readonly gate: PullGate;
  readonly headOf: (headers: Readonly<Record<string, string | number>>) => string;
  readonly observe: RequestObserver;
}

type ManifestRoute = Extract<RouteMatch, { id: "manifest" }>;

interface Asker {
  readonly principal: Principal;
  readonly address: string;
}

/** Larger ones are rare, and are not worth a second copy in memory. */
const LARGEST_MANIFEST_BYTES = 64 * 1024;

/** Answers for manifests, written out once for as long as the cache holds the manifest. */
export function createManifestLane(deps: ManifestLaneDeps) {
  const rendered = new WeakMap<ServedManifest, Record<"GET" | "HEAD", LaneAnswer>>();
  return (request: PlainRequest, { name, reference }: ManifestRoute) => {
    const { accept, method } = request;
    const isNegotiated = reference.kind === "tag" && accept !== undefined;
    const tag = reference.kind === "tag" ? reference.tag : undefined;
    const kind = method === "GET" ? "pull" : "check";
    const client = shortClient(request.client);
    return (
      principal: Principal,
      address: string,
    ): LaneAnswer | undefined | Promise<LaneAnswer | undefined> => {
      const cached = deps.reader.findCached(name, reference);
      const asker = { principal, address };
      if (cached !== undefined) return passGate(cached, asker);
      return deps.reader.get(name, reference).then((manifest) => passGate(manifest, asker));
    };

    /** Whatever policies have to say is said by the handler. */
    function passGate(manifest: ServedManifest, { principal, address }: Asker) {
      const asker = { principal, address };
      if (deps.gate.isOpen) return answer(manifest, asker);
      const origin = { address, client };
      const said = deps.gate.judge({ repository: name, manifest, principal, origin });
      if (said instanceof Promise) {
        return said.then((known) => (known === undefined ? answer(manifest, asker) : undefined));
      }
      return said === undefined ? answer(manifest, asker) : undefined;
    }

    function answer(manifest: ServedManifest, { principal, address }: Asker) {
      if (isNegotiated && !accepts([accept], manifest.mediaType)) return undefined;
      if (manifest.payload.length > LARGEST_MANIFEST_BYTES) return undefined;
      const origin = { address, client };
      deps.pulls.note({ repository: name, tag, manifest, kind, principal, origin });
      deps.observe({ route: "manifest", method, status: 200, startedAt: performance.now() });
      return render(manifest)[method];
    }
  };

  function render(manifest: ServedManifest): Record<"GET" | "HEAD", LaneAnswer> {
    const known = rendered.get(manifest);
    if (known !== undefined) return known;
    const head = deps.headOf(headersOfManifest(manifest));
    const answers = {
      GET: { head, body: manifest.payload.toString("latin1") },
      HEAD: { head, body: "" },
    };
    rendered.set(manifest, answers);
    return answers;
  }
}
