import type { PeerName } from "./peer.ts";
import type { Scenario } from "./scenario.ts";

/** One round of one scenario on one server. */
export interface Round {
  readonly value: number;
  /** Processor seconds of the server for one unit of work. */
  readonly cpuPerWork: number;
  readonly peakMemoryMib: number;
}

/** The medians of all rounds. */
export interface Measurement {
  readonly scenario: Scenario;
  readonly byPeer: ReadonlyMap<PeerName, Round>;
}

export function summarize(
  scenario: Scenario,
  rounds: ReadonlyMap<PeerName, readonly Round[]>,
): Measurement {
  const byPeer = new Map<PeerName, Round>();
  for (const [peer, results] of rounds) {
    byPeer.set(peer, {
      value: median(results.map((round) => round.value)),
      cpuPerWork: median(results.map((round) => round.cpuPerWork)),
      peakMemoryMib: Math.max(...results.map((round) => round.peakMemoryMib)),
    });
  }
  return { scenario, byPeer };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
