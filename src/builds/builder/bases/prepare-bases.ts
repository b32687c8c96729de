import { createHash } from "node:crypto";
import type { OutboundClient } from "../../../platform/outbound/index.ts";
import { BuildFailed } from "../build-failed.ts";
import type { BuildBase, PinnedBases, PullToken } from "../builder.ts";
import { checkDockerfile, type NamedBase } from "../preflight/check-dockerfile.ts";
import { type ImageName, parseImageName, printImageName } from "../preflight/image-name.ts";
import { ownPlatform } from "../preflight/own-platform.ts";
import { readDockerfile } from "../preflight/read-dockerfile.ts";
import type { BaseFolders, BaseSource } from "./base-folder.ts";
import { openRegistrySource } from "./registry-source.ts";

export interface BasesDeps<By> {
  readonly folders: BaseFolders;
  /** The hosts by which clients know this hub. */
  readonly ownHosts: ReadonlySet<string>;
  /** Where builders that pull by themselves find its images, whatever these are called in a Dockerfile. */
  readonly pullHost?: string | undefined;
  /** On the right of who builds, private images too. Throws BuildFailed. */
  readonly openOwn: (repository: string, by: By) => Promise<BaseSource>;
  /** Lets who has it pull from these repositories of the hub, and nothing else. */
  readonly issueToken: (by: By, repositories: readonly string[]) => Promise<PullToken>;
  /** What an administrator allows: hosts, with `http://` before those without TLS. */
  readonly registries: readonly string[];
  /** Whether images of every registry of the internet will do beside those: where who builds is trusted with more than that. */
  readonly reachesPublic: boolean;
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
  /** Until it is disposed of, the files of the bases stay. */
  readonly held: DisposableStack;
  readonly signal: AbortSignal;
  /** Only looked up: the builder pulls them by itself. */
  readonly arePinned?: boolean;
}

export interface PreparedBases {
  readonly bases: readonly BuildBase[];
  readonly pinned?: PinnedBases;
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
  if (wish.arePinned === true) return await pin(deps, wish, { written, bases });
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
  const { limitBytes, held, signal } = wish;
  try {
    const source = await openSource(deps, base, wish);
    const asked = askedOf(name);
    const found = await deps.folders.pull({
      source,
      reference: asked,
      platform,
      limitBytes,
      held,
      signal,
    });
    return { reference, localName, platform, ...found };
  } catch (cause) {
    throw explain(name, signal, cause);
  }
}

/** Has the builder pull exactly what is looked up here, this hub's own images with a token for these alone. */
async function pin<By>(
  deps: BasesDeps<By>,
  wish: BasesWish<By>,
  file: { readonly written: string; readonly bases: readonly NamedBase[] },
): Promise<PreparedBases> {
  const digests = new Map<string, string>();
  for (const { name } of file.bases) {
    const reference = printImageName(name);
    if (!digests.has(reference)) digests.set(reference, await lookUp(deps, wish, name));
  }
  const digestOf = (name: ImageName) => digests.get(printImageName(name)) ?? "";
  const bases = file.bases.flatMap((base) =>
    platformsOf(base, wish.platforms).map((platform) => ({
      ...{ reference: printImageName(base.name), platform, digest: digestOf(base.name) },
    })),
  );
  const { text } = checkDockerfile(file.written, wish.args, (name) => {
    const { repository } = name;
    const isOwn = deps.ownHosts.has(name.host);
    const host = isOwn ? (deps.pullHost ?? name.host) : name.host;
    return printImageName({ host, repository, tag: undefined, digest: digestOf(name) });
  });
  const own = file.bases.filter(({ name }) => deps.ownHosts.has(name.host));
  const repositories = [...new Set(own.map(({ name }) => name.repository))];
  return {
    ...{ bases: [], dockerfileText: text },
    pinned: {
      bases,
      async findToken(host, repository) {
        if (!deps.ownHosts.has(host) || !repositories.includes(repository)) return undefined;
        return await deps.issueToken(wish.by, [repository]);
      },
    },
  };
}

/** The digest of what a name leads to now. Throws BuildFailed. */
async function lookUp<By>(
  deps: BasesDeps<By>,
  wish: BasesWish<By>,
  name: ImageName,
): Promise<string> {
  try {
    const source = await openSource(deps, { name }, wish);
    return await readDigest(source, askedOf(name));
  } catch (cause) {
    throw explain(name, wish.signal, cause);
  }
}

async function readDigest(source: BaseSource, reference: string): Promise<string> {
  const { bytes } = await source.readManifest(reference);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (reference.startsWith("sha256:") && digest !== reference)
    throw new BuildFailed("the registry sent something else");
  return digest;
}

function askedOf({ digest, tag }: ImageName): string {
  return digest ?? tag ?? "latest";
}

function openSource<By>(
  deps: BasesDeps<By>,
  base: Pick<NamedBase, "name">,
  { by, signal }: Pick<BasesWish<By>, "by" | "signal">,
): Promise<BaseSource> | BaseSource {
  const { host, repository } = base.name;
  return deps.ownHosts.has(host) ? deps.openOwn(repository, by) : openOther(deps, base, signal);
}

function explain(name: ImageName, signal: AbortSignal, cause: unknown): unknown {
  if (signal.aborted) return signal.reason;
  if (!(cause instanceof BuildFailed)) return cause;
  return new BuildFailed(`${printImageName(name)} cannot be built on: ${cause.message}`, { cause });
}

/** What an image in another registry is now. Throws BuildFailed. */
export async function readBaseDigest(
  deps: OtherDeps,
  reference: string,
  signal: AbortSignal,
): Promise<string> {
  const name = parseImageName(reference);
  return await readDigest(openOther(deps, { name }, signal), askedOf(name));
}

/** Whether it is in a registry that builds may use. */
export function mayUseBase(
  { registries, reachesPublic }: Pick<OtherDeps, "registries" | "reachesPublic">,
  reference: string,
): boolean {
  const { host } = parseImageName(reference);
  return reachesPublic || registries.includes(host) || registries.includes(`http://${host}`);
}

type OtherDeps = Pick<BasesDeps<unknown>, "registries" | "reachesPublic" | "client" | "others">;

function openOther(
  { registries, reachesPublic, client, others }: OtherDeps,
  { name: { host, repository } }: Pick<NamedBase, "name">,
  signal: AbortSignal,
): BaseSource {
  const isPlain = registries.includes(`http://${host}`);
  const isNamed = isPlain || registries.includes(host);
  if (!isNamed && !reachesPublic)
    throw new BuildFailed(`${host} is not a registry that builds may use (builds.registries)`);
  const address = host === "docker.io" ? DOCKER_HUB : host;
  const origin = `${isPlain ? "http" : "https"}://${address}`;
  const isListed = (one: string) =>
    registries.includes(one) || registries.includes(`http://${one}`);
  return openRegistrySource({
    ...{ client: isNamed ? client : others, others, isListed, origin, repository, signal },
  });
}

function platformsOf(base: NamedBase, platforms: readonly string[]): readonly string[] {
  if (base.platform !== undefined) return [base.platform];
  return platforms.length > 0 ? platforms : [ownPlatform()];
}
