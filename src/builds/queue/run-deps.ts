import type { Logger } from "pino";
import type { Principal } from "../../access/index.ts";
import type { BasesWish, PreparedBases } from "../builder/bases/prepare-bases.ts";
import type { Builder, BuildLimits } from "../builder/builder.ts";
import type { Build } from "../builds-store.ts";
import type { AttestDeps } from "../provenance/attest-build.ts";
import type { BuildSecrets } from "../secrets/build-secrets.ts";
import type { Submodules } from "../sources/submodules.ts";
import type { BuildLogs } from "./build-log.ts";
import type { PublishDeps } from "./publish-build.ts";

export interface RunDeps extends PublishDeps, AttestDeps {
  readonly secrets: Pick<BuildSecrets, "open">;
  /** In which image hooks are run, and by which name images of this hub go. */
  readonly hooks: { readonly image: string | undefined; readonly host: string };
  /** What was uploaded. */
  readonly uploads: {
    extract(
      id: string,
      wish: { readonly into: string; readonly signal: AbortSignal },
    ): Promise<void>;
  };
  /** What a commit only names. */
  readonly submodules: Pick<Submodules, "fill">;
  readonly logs: BuildLogs;
  readonly data: string;
  readonly builder: Builder;
  readonly limits: BuildLimits;
  /** For builders that pull nothing themselves, or only what was looked up for them. */
  readonly prepareBases: (wish: Omit<BasesWish<Principal>, "limitBytes">) => Promise<PreparedBases>;
  readonly log: Logger;
}

/** One run: what it needs, and where it says what it does. */
export interface Run {
  readonly deps: RunDeps;
  readonly build: Build;
  readonly work: string;
  /** What is kept until it has ended. */
  readonly held: DisposableStack;
  readonly signal: AbortSignal;
}
