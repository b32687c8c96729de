import type { Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Builder } from "../builder/builder.ts";
import type { Build, UsedBase } from "../builds-store.ts";
import type { BuildTables } from "../tables.ts";
import { findOrigin } from "./find-origin.ts";
import type { OwedImage, OwedProvenance } from "./owed-provenance.ts";
import { SLSA_PREDICATE, toSlsaPredicate } from "./slsa-predicate.ts";

/** What is said of an image, before it is signed. */
export interface BuildClaim {
  readonly repository: Repository;
  readonly subject: { readonly mediaType: string; readonly digest: Digest; readonly size: number };
  readonly by: Principal;
  readonly predicateType: string;
  readonly predicate: object;
}

export interface AttestDeps {
  readonly database: Database<BuildTables>;
  readonly attest: (claim: BuildClaim) => Promise<void>;
  readonly builder: Pick<Builder, "id" | "probe">;
  /** Where clients reach the hub. */
  readonly hubUrl: string;
  readonly clock: () => Date;
}

/** Says of a published image how it was built, as the hub knows that built it. */
export async function attestBuild(
  deps: Pick<AttestDeps, "database" | "attest" | "hubUrl">,
  build: Build,
  made: {
    readonly repository: Repository;
    readonly image: OwedImage;
    readonly bases: readonly UsedBase[];
    readonly owed: Pick<OwedProvenance, "builder" | "finishedAt">;
  },
): Promise<void> {
  const { repository, bases } = made;
  const { mediaType, digest, size, platform } = made.image;
  const { builder, finishedAt } = made.owed;
  await deps.attest({
    ...{ repository, by: build.by, predicateType: SLSA_PREDICATE },
    subject: { mediaType, digest, size },
    predicate: toSlsaPredicate({
      ...{ build, bases, builder, platform, finishedAt, hub: deps.hubUrl },
      origin: await findOrigin(deps, build, repository.name),
    }),
  });
}
