import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** What a server and all its child processes used between `startMeter` and `stop`. */
export interface ProcessCost {
  readonly cpuSeconds: number;
  readonly peakMemoryMib: number;
}

/** Linux counts processor time in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;

export function startMeter(pid: number): { stop(): ProcessCost } {
  for (const member of processTree(pid)) resetPeakMemory(member);
  const before = cpuTicks(processTree(pid));
  return { stop };

  function stop(): ProcessCost {
    const members = processTree(pid);
    return {
      cpuSeconds: (cpuTicks(members) - before) / TICKS_PER_SECOND,
      peakMemoryMib: sum(members.map(peakMemoryKib)) / 1024,
    };
  }
}

/** The process and its descendants. */
function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const fields = /^\d+$/.test(entry) ? statFields(Number(entry)) : undefined;
    if (fields === undefined) continue;
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const members: number[] = [];
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    members.push(pid);
    waiting.push(...(children.get(pid) ?? []));
  }
  return members;
}

/** The fields of /proc/PID/stat from the state on; the name before them may contain anything. */
function statFields(pid: number): string[] | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** User and system time, that of children which have ended included. */
function cpuTicks(pids: readonly number[]): number {
  return sum(
    pids.map((pid) => sum((statFields(pid) ?? []).slice(11, 15).map((field) => Number(field)))),
  );
}

function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function peakMemoryKib(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`) ?? "")?.[1] ?? 0);
}

/** Undefined when the process ended meanwhile. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
