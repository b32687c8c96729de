import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildLimits } from "../builder.ts";

/** What the kernel holds a build to. */
export interface ControlGroup {
  readonly kind: "cgroup v1" | "cgroup v2" | "systemd" | "none";
  /** Before the command that is limited. */
  readonly prefix: readonly string[];
  /** The command joins them itself, before it starts anything. */
  readonly folders: readonly string[];
  /** Which limit ended something. */
  describeEnd(): Promise<string | undefined>;
  /** Ends what is left in it, and removes it. */
  close(): Promise<void>;
}

export type GroupLimits = Pick<BuildLimits, "memoryBytes" | "cpus" | "processes">;

/** The machine's, or what a test shows instead. */
export interface GroupHost {
  /** Where control groups are mounted. */
  readonly root: string;
  readonly hasSystemd: boolean;
  readonly uid: number | undefined;
}

const PARENT = "berth-builds";
const PERIOD_US = 100_000;
const NONE: ControlGroup = {
  ...{ kind: "none", prefix: [], folders: [] },
  describeEnd: async () => undefined,
  close: async () => undefined,
};

/** `none` where this user can hold nobody to anything: berth builder doctor says so. */
export async function openControlGroup(
  host: GroupHost,
  id: string,
  limits: GroupLimits,
): Promise<ControlGroup> {
  if (host.hasSystemd) return openScope(host, id, limits);
  if (host.uid !== 0) return NONE;
  try {
    return (await isUnified(host.root))
      ? await openUnified(host, id, limits)
      : await openSeparate(host, id, limits);
  } catch {
    // Control groups that cannot be written, as in most containers: nothing is claimed then.
    return NONE;
  }
}

async function isUnified(root: string): Promise<boolean> {
  return await readFile(join(root, "cgroup.controllers")).then(
    () => true,
    () => false,
  );
}

function openScope(host: GroupHost, id: string, limits: GroupLimits): ControlGroup {
  const properties = [
    ...["CollectMode=inactive-or-failed", "OOMPolicy=continue", "MemorySwapMax=0"],
    `MemoryMax=${limits.memoryBytes}`,
    `CPUQuota=${Math.round(limits.cpus * 100)}%`,
    `TasksMax=${limits.processes}`,
  ];
  return {
    ...NONE,
    kind: "systemd",
    prefix: [
      ...["systemd-run", "--scope", "--quiet", ...(host.uid === 0 ? [] : ["--user"])],
      ...[`--unit=berth-build-${id}`, ...properties.flatMap((one) => ["--property", one]), "--"],
      ...["setpriv", "--pdeathsig", "KILL"],
    ],
  };
}

async function openUnified(
  host: GroupHost,
  id: string,
  limits: GroupLimits,
): Promise<ControlGroup> {
  const parent = join(host.root, PARENT);
  await mkdir(parent, { recursive: true });
  await writeFile(join(host.root, "cgroup.subtree_control"), "+memory +pids +cpu");
  await writeFile(join(parent, "cgroup.subtree_control"), "+memory +pids +cpu");
  const folder = join(parent, id);
  await mkdir(folder);
  await writeFile(join(folder, "memory.max"), String(limits.memoryBytes));
  await writeFile(join(folder, "pids.max"), String(limits.processes));
  const quota = Math.round(limits.cpus * PERIOD_US);
  await writeFile(join(folder, "cpu.max"), `${quota} ${PERIOD_US}`);
  await writeFile(join(folder, "memory.swap.max"), "0").catch(ignoreAbsent);
  return {
    ...{ kind: "cgroup v2", prefix: [], folders: [folder] },
    describeEnd: async () =>
      (await readCount(join(folder, "memory.events"), "oom_kill")) > 0
        ? describeMemory(limits)
        : (await readCount(join(folder, "pids.events"), "max")) > 0
          ? describeProcesses(limits)
          : undefined,
    close: keepUntilClosed([folder]),
  };
}

async function openSeparate(
  host: GroupHost,
  id: string,
  limits: GroupLimits,
): Promise<ControlGroup> {
  const folderOf = (controller: string) => join(host.root, controller, PARENT, id);
  const [memory, pids, cpu] = [folderOf("memory"), folderOf("pids"), folderOf("cpu")];
  const folders = [memory, pids, cpu];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await writeFile(join(memory, "memory.limit_in_bytes"), String(limits.memoryBytes));
  // With swap, or without where the kernel does not count it.
  const both = join(memory, "memory.memsw.limit_in_bytes");
  await writeFile(both, String(limits.memoryBytes), { flag: "r+" }).catch(ignoreAbsent);
  await writeFile(join(pids, "pids.max"), String(limits.processes));
  await writeFile(join(cpu, "cpu.cfs_period_us"), String(PERIOD_US));
  await writeFile(join(cpu, "cpu.cfs_quota_us"), String(Math.round(limits.cpus * PERIOD_US)));
  return {
    ...{ kind: "cgroup v1", prefix: [], folders },
    describeEnd: async () =>
      (await readCount(join(memory, "memory.oom_control"), "oom_kill")) > 0
        ? describeMemory(limits)
        : (await readCount(join(pids, "pids.events"), "max")) > 0
          ? describeProcesses(limits)
          : undefined,
    close: keepUntilClosed(folders),
  };
}

function describeMemory({ memoryBytes }: GroupLimits): string {
  return `it needed more than ${Math.round(memoryBytes / 1024 / 1024)} MiB of memory (builds.memory)`;
}

function describeProcesses({ processes }: GroupLimits): string {
  return `it had more than ${processes} processes at once (builds.processes)`;
}

async function readCount(file: string, name: string): Promise<number> {
  const text = await readFile(file, "utf8").catch(() => "");
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

function ignoreAbsent(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "ENOENT") throw cause;
}

/** Waits for the end of its input, which the hub holds open: so it also tidies up after a hub that was killed. */
const TIDY = `cat >/dev/null
tries=0
while [ $tries -lt 200 ]; do
  left=0
  for folder in "$@"; do
    [ -d "$folder" ] || continue
    if [ -e "$folder/cgroup.kill" ]; then echo 1 >"$folder/cgroup.kill"; fi
    for one in $(cat "$folder/cgroup.procs"); do kill -9 $one; done
    rmdir "$folder" || left=1
  done
  [ $left = 0 ] && exit 0
  tries=$((tries + 1))
  sleep 0.05
done
exit 1`;

function keepUntilClosed(folders: readonly string[]): () => Promise<void> {
  const keeper: ChildProcess = spawn("sh", ["-c", TIDY, "berth", ...folders], {
    detached: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve) => {
    keeper.once("close", () => resolve()).once("error", () => resolve());
  });
  return async () => {
    keeper.stdin?.end();
    await ended;
    // Unless the keeper could not: then this says why.
    for (const folder of folders) await rmdir(folder).catch(ignoreAbsent);
  };
}
