import type { Origin, Principal } from "../../access/index.ts";
import type { OciError } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { ServedManifest } from "./manifest-cache.ts";

/** Who asks for a manifest, and from where. */
interface Puller {
  readonly principal: Principal;
  readonly origin: Origin;
}

/** A manifest that was asked for and is there. */
export interface ManifestPull extends Puller {
  readonly repository: RepositoryName;
  /** Undefined when it was asked for by its digest. */
  readonly tag: Tag | undefined;
  readonly manifest: ServedManifest;
  /** `check`: the client saw what there is and took nothing, by HEAD or because it has it already. */
  readonly kind: "pull" | "check";
}

/** Where somebody stands with the limit on their pulls. */
export interface PullAllowance {
  readonly headers: Readonly<Record<string, string>>;
  /** Why this pull is not served; undefined when it is. */
  readonly refusal: OciError | undefined;
}

/** Is told of pulls, and may limit them. Called for each request, so it must answer at once and from memory. */
export interface PullWatch {
  /** Whether those without an account are limited: their pulls then need the ordinary server, which can refuse. */
  readonly limitsAnonymous: boolean;
  /** Counts the pull against its limit, if it is one and is within it. Undefined where no limit holds. */
  admit(pull: ManifestPull): PullAllowance | undefined;
  /** Takes note of what is being served. */
  note(pull: ManifestPull): void;
}
