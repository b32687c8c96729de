import { createHash } from "node:crypto";
import type { OutboundClient } from "../../../platform/outbound/index.ts";
import { BuildFailed } from "../build-failed.ts";
import type { BuildBase } from "../builder.ts";
import { checkDockerfile, type NamedBase } from "../preflight/check-dockerfile.ts";
import { parseImageName, printImageName } from "../preflight/image-name.ts";
import { ownPlatform } from "../preflight/own-platform.ts";
import { readDockerfile } from "../preflight/read-dockerfile.ts";
import type { BaseFolders, BaseSource } from "./base-folder.ts";
import { openRegistrySource } from "./registry-source.ts";

export interface BasesDeps<By> {
  readonly folders: BaseFolders;
  /** The hosts by which clients know this hub. */
  readonly ownHosts: ReadonlySet<string>;
  /** On the right of who builds, private images too. Throws BuildFailed. */
  readonly openOwn: (repository: string, by: By) => Promise<BaseSource>;
  /** What an administrator allows: hosts, with `http://` before those without TLS. */
  readonly registries: readonly string[];
  readonly client: Pick<OutboundClient, "open">;
  /** For what these send to elsewhere. */
  readonly others: Pick<OutboundClient, "open">;
}

export interface BasesWish<By> {
  readonly source: string;
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platforms: readonly string[];
  readonly by: By;
  readonly limitBytes: number;
  readonly signal: AbortSignal;
}

export interface PreparedBases {
  readonly bases: readonly BuildBase[];
  /** The Dockerfile to build: that of the commit, with the names under which the bases are found. */
  readonly dockerfileText: string;
}

const DOCKER_HUB = "registry-1.docker.io";

/** Checks a Dockerfile, and has the hub pull what it is based on: builds themselves pull nothing. Throws BuildFailed. */
export async function prepareBases<By>(
  deps: BasesDeps<By>,
  wish: BasesWish<By>,
): Promise<PreparedBases> {
  const written = await readDockerfile(wish.source, wish.dockerfile);
  const { bases, text } = checkDockerfile(written, wish.args);
  const pulled: BuildBase[] = [];
  // One limit for all of them.
  let limitBytes = wish.limitBytes;
  for (const base of bases)
    for (const platform of platformsOf(base, wish.platforms)) {
      const { size, ...found } = await pull(deps, { ...wish, limitBytes }, { base, platform });
      limitBytes -= size;
      pulled.push(found);
    }
  return { bases: pulled, dockerfileText: text };
}

async function pull<By>(
  deps: BasesDeps<By>,
  wish: BasesWish<By>,
  { base, platform }: { readonly base: NamedBase; readonly platform: string },
): Promise<BuildBase & { readonly size: number }> {
  const { name, localName } = base;
  const reference = printImageName(name);
  const { limitBytes, signal } = wish;
  try {
    const source = deps.ownHosts.has(name.host)
      ? await deps.openOwn(name.repository, wish.by)
      : openOther(deps, base, signal);
    const asked = name.digest ?? name.tag ?? "latest";
    const found = await deps.folders.pull({
      source,
      reference: asked,
      platform,
      limitBytes,
      signal,
    });
    return { reference, localName, platform, ...found };
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof BuildFailed)) throw cause;
    throw new BuildFailed(`${reference} cannot be built on: ${cause.message}`, { cause });
  }
}

/** What an image in another registry is now. Throws BuildFailed. */
export async function readBaseDigest(
  deps: OtherDeps,
  reference: string,
  signal: AbortSignal,
): Promise<string> {
  const name = parseImageName(reference);
  const { bytes } = await openOther(deps, { name }, signal).readManifest(name.tag ?? "latest");
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Whether it is in a registry that builds may use. */
export function mayUseBase({ registries }: OtherDeps, reference: string): boolean {
  const { host } = parseImageName(reference);
  return registries.includes(host) || registries.includes(`http://${host}`);
}

type OtherDeps = Pick<BasesDeps<unknown>, "registries" | "client" | "others">;

function openOther(
  { registries, client, others }: OtherDeps,
  { name: { host, repository } }: Pick<NamedBase, "name">,
  signal: AbortSignal,
): BaseSource {
  const isPlain = registries.includes(`http://${host}`);
  if (!isPlain && !registries.includes(host))
    throw new BuildFailed(`${host} is not a registry that builds may use (builds.registries)`);
  const address = host === "docker.io" ? DOCKER_HUB : host;
  const origin = `${isPlain ? "http" : "https"}://${address}`;
  const isListed = (one: string) =>
    registries.includes(one) || registries.includes(`http://${one}`);
  return openRegistrySource({ client, others, isListed, origin, repository, signal });
}

function platformsOf(base: NamedBase, platforms: readonly string[]): readonly string[] {
  if (base.platform !== undefined) return [base.platform];
  return platforms.length > 0 ? platforms : [ownPlatform()];
}
