import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, run } from "./command.ts";
import { Containerd } from "./containerd.ts";
import { Service } from "./service.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

/**
 * A Docker Engine beside whatever the machine runs: its own containerd, data, sockets and process ids, and no change to the
 * machine's network. Registries on loopback are insecure by its defaults, so plain HTTP and any certificate are accepted there.
 */
export class DockerEngine implements AsyncDisposable {
  readonly socket: string;
  readonly #containerd: Containerd;
  readonly #service: Service;
  readonly #directory: TempDirectory;

  private constructor(service: Service, containerd: Containerd, directory: TempDirectory) {
    this.socket = join(directory.path, "docker.sock");
    this.#containerd = containerd;
    this.#service = service;
    this.#directory = directory;
  }

  static async start(): Promise<DockerEngine> {
    if (process.getuid?.() !== 0) {
      throw new Error("a Docker Engine of the tests' own needs root; run the tests as root");
    }
    await mountCgroups();
    const containerd = await Containerd.start();
    const directory = await makeTempDirectory("docker");
    const at = (name: string) => join(directory.path, name);
    await writeFile(at("daemon.json"), JSON.stringify({ "shutdown-timeout": 2 }));
    const service = new Service({
      command: "dockerd",
      args: [
        ...["--config-file", at("daemon.json"), "--host", `unix://${at("docker.sock")}`],
        ...["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("docker.pid")],
        ...["--containerd", containerd.socket, "--exec-opt", "native.cgroupdriver=cgroupfs"],
        ...["--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false"],
      ],
    });
    const engine = new DockerEngine(service, containerd, directory);
    try {
      await service.waitForLog(/API listen on/, 30_000);
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    return engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service.stop();
    await this.#containerd[Symbol.asyncDispose]();
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** Small machines boot without control groups mounted; dockerd refuses to start there ("Devices cgroup isn't mounted"). */
async function mountCgroups(): Promise<void> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  if (/ cgroup2? /.test(mounts)) return;
  const unified = await attempt("mount", ["-t", "cgroup2", "none", "/sys/fs/cgroup"]);
  if (unified.exitCode === 0) return;
  await run("mount", ["-t", "tmpfs", "none", "/sys/fs/cgroup"]);
  for (const controller of ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "pids"]) {
    const path = join("/sys/fs/cgroup", controller);
    await mkdir(path);
    await run("mount", ["-t", "cgroup", "-o", controller, "none", path]);
  }
}
