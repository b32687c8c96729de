import type { RepositoryId } from "../../repositories/index.ts";

/** How well a builder keeps builds apart from the machine; docs/builds.md says what each level promises. */
export type IsolationLevel = "trusted" | "contained" | "remote";

export type BuilderFeature =
  | "caching"
  | "secrets"
  | "targets"
  | "limits"
  | "filtered-network"
  | "platforms";

/** One thing that was tried out on this machine. */
export interface BuilderCheck {
  readonly name: string;
  readonly isFine: boolean;
  readonly detail: string;
}

export interface BuilderProbe {
  readonly isFine: boolean;
  readonly checks: readonly BuilderCheck[];
  /** What holds here, never more. */
  readonly level: IsolationLevel;
  readonly features: ReadonlySet<BuilderFeature>;
  /** What is missing, or why the level is no higher. */
  readonly why: string | undefined;
}

/** Whose layers a build may use. What strangers propose (`isTrusted: false`) may use them, and leaves none behind. */
export interface CacheScope {
  readonly repository: RepositoryId;
  readonly isTrusted: boolean;
}

/** An image that the hub pulled before. */
export interface BuildBase {
  /** The whole of its name, with tag or digest. */
  readonly reference: string;
  /** By which the text that is built knows it, where that is another. */
  readonly localName?: string;
  readonly platform: string;
  /** Of what was pulled: an index where there is one. */
  readonly digest: string;
  /** `manifest.json`, and each blob under the hexadecimal part of its digest. */
  readonly folder: string;
  /** Made by this very build: no builder keeps anything of it. */
  readonly isPassing?: boolean | undefined;
}

/** What a builder pulls by itself: by the digests that the hub has looked up, which stand in the text that is built. */
export interface PinnedBases {
  readonly bases: readonly Pick<BuildBase, "reference" | "platform" | "digest">[];
  /** Lets its bearer pull this hub's image for a while and do nothing else; undefined for an image that is none of the bases. */
  findToken(host: string, repository: string): Promise<PullToken | undefined>;
}

export interface PullToken {
  readonly text: string;
  readonly lifetimeSeconds: number;
}

/** The program of the last step is looked at while it runs, and then asked to end. */
export interface ContainerWatch {
  /** With which each line begins that tells of it. */
  readonly word: string;
  /** Such as TERM. */
  readonly stopSignal: string;
}

export interface BuildLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly processes: number;
  readonly diskBytes: number;
  readonly wallMs: number;
  /** Without a byte of output. */
  readonly idleMs: number;
  readonly logBytes: number;
}

export interface BuildJob {
  /** The unpacked commit, which is only read. */
  readonly source: string;
  /** Within the source. */
  readonly context: string;
  readonly dockerfile: string;
  /** In place of what the file says: the same with the local names of bases. */
  readonly dockerfileText?: string | undefined;
  /** The last stage, unless said. */
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** Files that `RUN --mount=type=secret` shows. */
  readonly secrets: readonly { readonly id: string; readonly file: string }[];
  /** Such as `linux/arm64`; the machine's own where there is none. */
  readonly platforms: readonly string[];
  readonly bases: readonly BuildBase[];
  /** For builders with `pinsBases` alone. */
  readonly pinned?: PinnedBases | undefined;
  /** Undefined for a build that keeps nothing. */
  readonly cache: CacheScope | undefined;
  readonly network: "none" | "filtered";
  /** For builders with `watches` alone. */
  readonly watch?: ContainerWatch | undefined;
  readonly limits: BuildLimits;
  /** A directory that is empty, holds the images afterwards, and is removed by `clear`. */
  readonly work: string;
}

export interface BuildStep {
  readonly number: number;
  /** The instruction, as it stands in the Dockerfile. */
  readonly text: string;
  readonly ms: number;
  readonly isCached: boolean;
}

/** What a build tells while it runs. */
export type BuildEvent =
  | { readonly kind: "output"; readonly bytes: Buffer }
  /** A step that has ended. */
  | { readonly kind: "step"; readonly step: BuildStep };

interface BuiltImage {
  readonly platform: string | undefined;
  readonly digest: string;
  /** `manifest.json`, and each blob under the hexadecimal part of its digest: what the hub publishes. */
  readonly folder: string;
}

export interface BuildResult {
  /** One for each platform of the job, in its order. */
  readonly images: readonly BuiltImage[];
  readonly steps: readonly BuildStep[];
  readonly cachedSteps: number;
  readonly basesUsed: readonly Pick<BuildBase, "reference" | "platform" | "digest">[];
}

/**
 * Makes images of Dockerfiles, and pushes none: no password of the hub is ever within its reach. Nothing of a build goes on running
 * once `build` has ended, nor once the hub has, however that was.
 */
export interface Builder {
  readonly id: string;
  /** Whether the hub has to pull what a build is based on, since builds pull nothing. */
  readonly needsBases?: boolean;
  /** Whether it pulls by itself what the hub has looked up. */
  readonly pinsBases?: boolean;
  /** Whether each step is a container with its own first process, which the builder can look at. */
  readonly watches?: boolean;
  probe(): Promise<BuilderProbe>;
  /** Throws BuildFailed, and whatever `signal` was aborted with. */
  build(
    job: BuildJob,
    tell: (event: BuildEvent) => void,
    signal: AbortSignal,
  ): Promise<BuildResult>;
  /** Removes a folder in which a build has worked: what users of the builder own takes the builder to remove. */
  clear(folder: string): Promise<void>;
  /** Forgets layers of a repository until no more than that is left; that may be all of them. */
  prune(scope: CacheScope, keepBytes: number): Promise<void>;
}
