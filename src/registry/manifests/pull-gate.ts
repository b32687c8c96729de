import type { OciError } from "../../oci/error.ts";
import type { ManifestPull } from "./pull-watch.ts";

/** What policies say of a pull. */
export interface GateAnswer {
  /** For clients that show them. */
  readonly warnings: readonly string[];
  /** Why it is not served; undefined when it is. */
  readonly refusal: OciError | undefined;
}

/** What may be pulled, whoever asks, by whatever name and with whatever program. Asked for every manifest that is served. */
export interface PullGate {
  /** Undefined: nothing to say. What is in memory is answered at once. */
  judge(
    pull: Pick<ManifestPull, "principal" | "repository" | "manifest" | "origin">,
  ): GateAnswer | undefined | Promise<GateAnswer | undefined>;
  /** Whether anything is in force: without that, nobody is asked. */
  readonly isOpen: boolean;
}
