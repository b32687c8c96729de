import type { Measurement } from "./measurement.ts";
import type { PeerName } from "./peer.ts";
import { isLowerBetter } from "./scenario.ts";

const MEMORY_LIMIT_MIB = 150;

/** One promise and how far the measurement is from it. */
export interface Verdict {
  readonly promise: string;
  readonly measured: string;
  readonly isKept: boolean;
  /** A stretch that is missed is worth knowing; a target that is missed is a failure. */
  readonly isStretch: boolean;
}

/** How many times better Berth is than the peer; undefined when one of them was not measured. */
export function ratioTo(measurement: Measurement, peer: PeerName): number | undefined {
  const berth = measurement.byPeer.get("berth")?.value;
  const other = measurement.byPeer.get(peer)?.value;
  if (berth === undefined || other === undefined) return undefined;
  return isLowerBetter(measurement.scenario.unit) ? other / berth : berth / other;
}

/** Berth's processor time for the same work, as a share of docker-registry's. */
export function cpuShare(measurement: Measurement): number | undefined {
  const berth = measurement.byPeer.get("berth")?.cpuPerWork;
  const other = measurement.byPeer.get("docker-registry")?.cpuPerWork;
  return berth === undefined || !other ? undefined : berth / other;
}

export function judge(measurement: Measurement): Verdict[] {
  const { target } = measurement.scenario;
  const berth = measurement.byPeer.get("berth");
  if (berth === undefined) return [];
  const ratio = ratioTo(measurement, "docker-registry");
  const unit = measurement.scenario.unit;
  return [
    atLeast("", target?.ratio, ratio),
    atMost("memory, MiB", MEMORY_LIMIT_MIB, berth.peakMemoryMib),
    atMost("processor time, share", target?.cpuShare, cpuShare(measurement)),
    atMost(unit, target?.atMost, berth.value),
    stretch(atLeast("", target?.stretchRatio, ratio)),
    stretch(atLeast(" of nginx", target?.stretchRatioToNginx, ratioTo(measurement, "nginx"))),
    stretch(atMost(unit, target?.stretchAtMost, berth.value)),
  ].filter((verdict) => verdict !== undefined);
}

function atLeast(of: string, bound?: number, value?: number): Verdict | undefined {
  if (bound === undefined || value === undefined) return undefined;
  return {
    promise: `>= ${bound}x${of}`,
    measured: `${formatNumber(value)}x`,
    isKept: value >= bound,
    isStretch: false,
  };
}

function atMost(what: string, bound?: number, value?: number): Verdict | undefined {
  if (bound === undefined || value === undefined) return undefined;
  return {
    promise: `${what} <= ${bound}`,
    measured: formatNumber(value),
    isKept: value <= bound,
    isStretch: false,
  };
}

function stretch(verdict: Verdict | undefined): Verdict | undefined {
  return verdict && { ...verdict, isStretch: true };
}

/** Three significant digits are more than a noisy machine can promise. */
export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}
