import { join } from "node:path";
import { createTrustedBuildah } from "./buildah.ts";
import type { Builder } from "./builder.ts";
import { createBuildkit } from "./buildkit.ts";
import { createDockerEngine } from "./docker-engine.ts";
import { createContainedBuildah } from "./sandbox/contained-buildah.ts";
import { watchBuilds } from "./watched-builder.ts";

/** `builds.builder`. */
export type BuilderName = "buildah" | "buildah-trusted" | "docker" | "buildkit";

export interface BuilderPlace {
  /** The hub's data directory. */
  readonly data: string;
  /** Where a Docker Engine or a buildkitd listens. */
  readonly address: string | undefined;
  /** Networks that contained builds never reach, beside those that are always refused. */
  readonly denied?: readonly string[];
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
}

const ADDRESSES = {
  docker: "unix:///run/docker.sock",
  buildkit: "unix:///run/buildkit/buildkitd.sock",
};

const BUILDERS: Readonly<Record<BuilderName, (place: BuilderPlace) => Builder>> = {
  buildah: ({ data, denied = [] }) =>
    createContainedBuildah({ layers: join(data, "builds", "layers"), denied }),
  "buildah-trusted": ({ data }) => createTrustedBuildah({ layers: join(data, "builds", "layers") }),
  docker: (place) => createDockerEngine(addressOf(place, ADDRESSES.docker)),
  buildkit: (place) => createBuildkit(addressOf(place, ADDRESSES.buildkit)),
};

/** Those that build on the machine on which they are asked, or know of another. */
export const BUILDER_NAMES = Object.keys(BUILDERS) as readonly BuilderName[];

/** The builder of that name, with the limits of time and output that hold for all of them. */
export function openBuilder(name: BuilderName, place: BuilderPlace): Builder {
  return watchBuilds(BUILDERS[name](place));
}

function addressOf({ address, tls }: BuilderPlace, usual: string) {
  return { url: new URL(address ?? usual), tls };
}
