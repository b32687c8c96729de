import type { NotRun } from "./check.ts";

/** How a command in a container of the image ended. */
export interface RanCommand {
  readonly exitCode: number;
  readonly output: string;
}

export interface ImagePackage {
  readonly name: string;
  readonly type: string;
  readonly licences: readonly string[];
}

export interface ImageVulnerability {
  readonly id: string;
  readonly severity: string;
  readonly package: string;
  readonly isFixable: boolean;
}

/** What became of each architecture of an entry. */
export interface ArchitectureBuild {
  readonly architecture: string;
  /** Undefined where it was built; what the builder said where it was not. */
  readonly failure: string | undefined;
  /** Set where this instance has nothing to build it on. */
  readonly notHere?: string;
}

/** What is known of one image that was built of a definition. What could not be found out says why. */
export interface ImageSubject {
  readonly builds: readonly ArchitectureBuild[];
  /** Whether a second build gave the same layers; otherwise which paths differ. */
  readonly rebuilt: { readonly differing: readonly string[] } | NotRun;
  readonly config: {
    readonly entrypoint: readonly string[];
    readonly command: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  };
  /** From scratch with one program in it: there is no shell that could run anything. */
  readonly isSingleBinary: boolean;
  readonly echo: RanCommand | NotRun;
  readonly shell: RanCommand | NotRun;
  /** `date +%Z` */
  readonly zone: RanCommand | NotRun;
  /** `/etc/passwd` and `/etc/shadow`; empty where there are none. */
  readonly passwd: string | NotRun;
  readonly shadow: string | NotRun;
  /** How long its first process took to end after SIGTERM; undefined when it had to be killed. */
  readonly stop: { readonly ms: number | undefined } | NotRun;
  /** Whether it started without more rights than any container has. */
  readonly start: { readonly failure: string | undefined } | NotRun;
  /** Whose processes listen once it runs. */
  readonly listeners: readonly { readonly process: string; readonly uid: number }[] | NotRun;
  readonly efficiency: number;
  readonly hiddenBytes: number;
  readonly bytes: number;
  /** Of the tag that was published before; undefined for a new one. */
  readonly bytesBefore: number | undefined;
  readonly vulnerabilities: readonly ImageVulnerability[] | NotRun;
  /** Paths, and whether the base has them too. */
  readonly setuid: readonly { readonly path: string; readonly isFromBase: boolean }[];
  readonly packages: readonly ImagePackage[];
  /** Documents beside the image: their types. */
  readonly attached: readonly string[];
}
