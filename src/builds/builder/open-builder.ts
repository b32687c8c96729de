import { join } from "node:path";
import { createTrustedBuildah } from "./buildah.ts";
import type { Builder } from "./builder.ts";
import { watchBuilds } from "./watched-builder.ts";

/** `builds.builder`. */
export type BuilderName = "buildah-trusted";

export interface BuilderPlace {
  /** The hub's data directory. */
  readonly data: string;
  /** A registry that is spoken to without TLS: the hub itself, where it has none. */
  readonly plainRegistry: string | undefined;
}

const BUILDERS: Readonly<Record<BuilderName, (place: BuilderPlace) => Builder>> = {
  "buildah-trusted": ({ data, plainRegistry }) =>
    createTrustedBuildah({ layers: join(data, "builds", "layers"), plainRegistry }),
};

/** The builder of that name, with the limits of time and output that hold for all of them. */
export function openBuilder(name: BuilderName, place: BuilderPlace): Builder {
  return watchBuilds(BUILDERS[name](place));
}
