import type { Peer, PeerName } from "./peer.ts";

/** What the value of a sample counts. Values in `ms` and `s` are better when lower. */
export type Unit = "req/s" | "MiB/s" | "lists/s" | "pushes/s" | "ms" | "s";

/** What processor time is divided by, so that rounds of different length can be compared. */
export type Work = "request" | "GiB" | "push" | "run";

export interface Sample {
  readonly value: number;
  /** How much work was done for it. */
  readonly work: number;
}

export interface Scenario {
  /** Kebab-case; `--only` selects by a part of it. */
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly work: Work;
  readonly peers: readonly PeerName[];
  readonly target?: Target;
  /** Brings the content in; outside of any measurement, once for each peer. */
  prepare?(peer: Peer, scale: Scale): Promise<void>;
  /** How many bytes a round adds to the page cache, when that is much. */
  writes?(scale: Scale): number;
  /** One round. */
  run(peer: Peer, scale: Scale): Promise<Sample>;
  /** After the last round, to free the disk. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** Ratios say how many times better Berth is than docker-registry 2.8.2, or than nginx where it says so. */
export interface Target {
  readonly ratio?: number;
  readonly stretchRatio?: number;
  readonly stretchRatioToNginx?: number;
  /** A bound for the value itself, in its unit. */
  readonly stretchAtMost?: number;
  /** Berth's processor time for the same work, as a share of docker-registry's. */
  readonly cpuShare?: number;
  /** For scenarios without a comparable peer. */
  readonly atMost?: number;
}

/** How much is done: in full for the published table, little for a quick look. */
export interface Scale {
  readonly seconds: number;
  readonly largeBlobBytes: number;
  readonly parallelBlobBytes: number;
  readonly smallPushes: number;
  readonly listEntries: number;
  readonly imageBytes: number;
  readonly startTags: number;
  /** Where scenarios keep the files they make. */
  readonly directory: string;
}

export function isLowerBetter(unit: Unit): boolean {
  return unit === "ms" || unit === "s";
}
