import type { IsolationLevel } from "../builder/builder.ts";
import type { Build, UsedBase } from "../builds-store.ts";

/** SLSA's provenance of version 1, in an in-toto statement. */
export const SLSA_PREDICATE = "https://slsa.dev/provenance/v1";

export interface BuildFacts {
  readonly build: Build;
  /** Where the commit, or what was uploaded, came from. */
  readonly origin: string;
  readonly bases: readonly UsedBase[];
  /** Of the one image that it is said of; undefined for an index. */
  readonly platform: string | undefined;
  readonly builder: { readonly id: string; readonly level: IsolationLevel };
  /** Where clients reach the hub, without a slash at its end. */
  readonly hub: string;
  readonly finishedAt: Date;
}

/** Who built it, of which commit and on what. Values of secrets are nowhere in it: none of them is a parameter. */
export function toSlsaPredicate(facts: BuildFacts): object {
  const { build, origin, bases, builder, hub, finishedAt, platform } = facts;
  const { id, ref, commit, context, dockerfile, startedAt, rule } = build;
  const { args, target, platforms } = build.options;
  const isUpload = build.options.upload !== undefined;
  const source = isUpload ? origin : `git+${origin}`;
  const digestOfSource = isUpload ? { sha256: commit } : { gitCommit: commit };
  return {
    buildDefinition: {
      buildType: "https://berth.dev/build/dockerfile/v1",
      externalParameters: { source, ref, context, dockerfile, args, target, platforms },
      internalParameters: {
        ...{ rule: rule + 1, builder: builder.id, isolation: builder.level },
        ...(platform === undefined ? {} : { platform }),
      },
      resolvedDependencies: [
        { uri: `${source}@${ref}`, digest: digestOfSource },
        ...bases.map(toDependency),
      ],
    },
    runDetails: {
      builder: { id: `${hub}/api/v1/builds#${builder.level}` },
      metadata: {
        invocationId: `${hub}/api/v1/builds/${id}`,
        ...(startedAt === undefined ? {} : { startedOn: startedAt.toISOString() }),
        finishedOn: finishedAt.toISOString(),
      },
    },
  };
}

export function toDependency({ reference, platform, digest }: UsedBase): object {
  return { uri: `docker://${reference}`, digest: toDigestSet(digest), annotations: { platform } };
}

export function toDigestSet(digest: string): Record<string, string> {
  const [algorithm = "", hex = ""] = digest.split(":");
  return { [algorithm]: hex };
}
