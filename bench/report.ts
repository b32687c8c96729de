import { cpus, totalmem } from "node:os";
import type { Measurement } from "./measurement.ts";
import type { PeerName } from "./peer.ts";
import type { Work } from "./scenario.ts";
import { cpuShare, formatNumber, judge, ratioTo, type Verdict } from "./verdict.ts";

export interface Report {
  readonly command: string;
  readonly rounds: number;
  readonly date: Date;
  readonly measurements: readonly Measurement[];
}

const CPU_UNITS: Record<Work, { readonly name: string; readonly factor: number }> = {
  request: { name: "us", factor: 1e6 },
  GiB: { name: "s/GiB", factor: 1 },
  push: { name: "ms", factor: 1e3 },
  run: { name: "s", factor: 1 },
};

/** The part of docs/benchmarks.md that a run writes anew. */
export function renderReport(report: Report): string {
  return [renderRun(report), renderTable(report.measurements), renderMisses(report.measurements)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function renderRun({ command, rounds, date }: Report): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return [
    `\`${command}\`, ${date.toISOString().slice(0, 10)}, Linux, Node ${process.versions.node},`,
    `${cores.length} cores (${cores[0]?.model ?? "unknown"}), ${memory} GiB of memory;`,
    `medians of ${rounds} interleaved rounds, the highest memory of all rounds.`,
  ].join(" ");
}

function renderTable(measurements: readonly Measurement[]): string {
  const header = [
    ["scenario", "docker-registry 2.8.2", "Berth", "nginx static", "ratio", "target"],
    ["CPU of docker-registry", "CPU of Berth", "memory of docker-registry, MiB", "of Berth, MiB"],
  ].flat();
  const rows = measurements.map(renderRow);
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function renderRow(measurement: Measurement): string[] {
  const ratio = ratioTo(measurement, "docker-registry");
  return [
    measurement.scenario.title,
    renderValue(measurement, "docker-registry"),
    renderValue(measurement, "berth"),
    renderValue(measurement, "nginx"),
    ratio === undefined ? "" : `**${formatNumber(ratio)}x**`,
    judge(measurement).filter(isAboutSpeed).map(renderVerdict).join(", "),
    renderCpu(measurement, "docker-registry"),
    `${renderCpu(measurement, "berth")}${renderShare(measurement)}`,
    renderMemory(measurement, "docker-registry"),
    renderMemory(measurement, "berth"),
  ];
}

function isAboutSpeed(verdict: Verdict): boolean {
  return !verdict.promise.startsWith("memory");
}

function renderVerdict(verdict: Verdict): string {
  const name = verdict.isStretch ? "stretch " : "";
  return `${name}${verdict.promise} ${verdict.isKept ? "✓" : "✗"}`;
}

function renderValue(measurement: Measurement, peer: PeerName): string {
  const round = measurement.byPeer.get(peer);
  return round === undefined ? "" : `${formatNumber(round.value)} ${measurement.scenario.unit}`;
}

function renderCpu(measurement: Measurement, peer: PeerName): string {
  const round = measurement.byPeer.get(peer);
  if (round === undefined) return "";
  const unit = CPU_UNITS[measurement.scenario.work];
  return `${formatNumber(round.cpuPerWork * unit.factor)} ${unit.name}`;
}

function renderShare(measurement: Measurement): string {
  const share = cpuShare(measurement);
  return share === undefined ? "" : ` (${formatNumber(share)}x)`;
}

function renderMemory(measurement: Measurement, peer: PeerName): string {
  const round = measurement.byPeer.get(peer);
  return round === undefined ? "" : String(Math.round(round.peakMemoryMib));
}

/** Targets that were missed, one line each; empty when all were met. */
function renderMisses(measurements: readonly Measurement[]): string {
  const lines = measurements.flatMap((measurement) =>
    judge(measurement)
      .filter((verdict) => !verdict.isKept)
      .map((verdict) => {
        const kind = verdict.isStretch ? "stretch" : "TARGET";
        return `- ${kind} missed: ${measurement.scenario.title}: ${verdict.promise}, measured ${verdict.measured}`;
      }),
  );
  return lines.join("\n");
}

export function hasMissedTarget(measurements: readonly Measurement[]): boolean {
  return measurements.some((measurement) =>
    judge(measurement).some((verdict) => !verdict.isKept && !verdict.isStretch),
  );
}
