import { execFile } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Measurement, type Round, summarize } from "./measurement.ts";
import type { Peer, PeerName } from "./peer.ts";
import { startMeter } from "./process-meter.ts";
import type { Scale, Scenario } from "./scenario.ts";

const run = promisify(execFile);
const WARMING_BYTES = 1024 * 1024;

interface RunnerOptions {
  /** Starts a server, over what it has stored in earlier scenarios. */
  readonly start: (name: PeerName) => Promise<Peer>;
  readonly scale: Scale;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** Runs every scenario on its servers, one after the other within each round, so that noise hits all of them alike. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  options: RunnerOptions,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const scenario of scenarios) measurements.push(await runScenario(scenario, options));
  for (const scenario of scenarios) await scenario[Symbol.asyncDispose]?.();
  return measurements;
}

async function runScenario(scenario: Scenario, options: RunnerOptions): Promise<Measurement> {
  // In processes of their own, so that memory is that of this load.
  await using servers = new AsyncDisposableStack();
  const peers: Peer[] = [];
  for (const name of scenario.peers) peers.push(servers.use(await options.start(name)));
  const rounds = new Map<PeerName, Round[]>(peers.map((peer) => [peer.name, []]));
  options.say(scenario.title);
  for (const peer of peers) await scenario.prepare?.(peer, options.scale);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const peer of rotated(peers, round)) {
      const result = await runRound(scenario, peer, options.scale);
      rounds.get(peer.name)?.push(result);
      options.say(`  ${peer.name.padEnd(16)} ${result.value.toFixed(2)} ${scenario.unit}`);
    }
  }
  return summarize(scenario, rounds);
}

async function runRound(scenario: Scenario, peer: Peer, scale: Scale): Promise<Round> {
  // What the one before left for the disk must not be written on this one's time.
  await run("sync");
  await warmMemory(scenario.writes?.(scale) ?? 0, scale.directory);
  const meter = startMeter(peer.pid);
  const sample = await scenario.run(peer, scale);
  const cost = meter.stop();
  return {
    value: sample.value,
    cpuPerWork: cost.cpuSeconds / sample.work,
    peakMemoryMib: cost.peakMemoryMib,
  };
}

/**
 * A virtual machine may have to ask its host for memory that it has not used for a while: the page cache then costs ten
 * times as much as the write. Pages that were used and freed a moment ago are there, for whoever's turn it is.
 */
async function warmMemory(bytes: number, directory: string): Promise<void> {
  if (bytes === 0) return;
  const path = join(directory, "warm");
  const zeros = Buffer.alloc(WARMING_BYTES);
  await using file = await open(path, "w");
  for (let at = 0; at < bytes; at += zeros.length) await file.write(zeros);
  await rm(path);
}

/** Nobody is always the first. */
function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
