import type { Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Builder, IsolationLevel } from "../builder/builder.ts";
import type { Build, UsedBase } from "../builds-store.ts";
import type { BuildTables } from "../tables.ts";
import type { DescribedImage } from "./describe-images.ts";
import { findOrigin } from "./find-origin.ts";
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

/** Says of a published image how it was built. */
export async function attestBuild(
  deps: AttestDeps,
  build: Build,
  made: {
    readonly repository: Repository;
    readonly image: DescribedImage;
    readonly bases: readonly UsedBase[];
  },
): Promise<void> {
  const { repository, bases } = made;
  const { mediaType, digest, size, platform } = made.image;
  const builder = { id: deps.builder.id, level: await findLevel(deps.builder) };
  await deps.attest({
    ...{ repository, by: build.by, predicateType: SLSA_PREDICATE },
    subject: { mediaType, digest, size },
    predicate: toSlsaPredicate({
      ...{ build, bases, builder, platform },
      origin: await findOrigin(deps, build, repository.name),
      ...{ hub: deps.hubUrl, finishedAt: deps.clock() },
    }),
  });
}

const levels = new WeakMap<object, Promise<IsolationLevel>>();

/** What it reaches on this machine, which takes a while to find out and does not change. */
export async function findLevel(builder: Pick<Builder, "probe">): Promise<IsolationLevel> {
  const level = levels.get(builder) ?? builder.probe().then((found) => found.level);
  levels.set(builder, level);
  return await level;
}
