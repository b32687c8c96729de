import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Service } from "./service.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

/** A containerd with root, state and socket of its own. */
export class Containerd implements AsyncDisposable {
  readonly socket: string;
  readonly #service: Service;
  readonly #directory: TempDirectory;

  private constructor(service: Service, directory: TempDirectory) {
    this.socket = join(directory.path, "containerd.sock");
    this.#service = service;
    this.#directory = directory;
  }

  static async start(): Promise<Containerd> {
    const directory = await makeTempDirectory("containerd");
    const config = join(directory.path, "config.toml");
    await writeFile(config, configurationIn(directory.path));
    const service = new Service({ command: "containerd", args: ["--config", config] });
    const containerd = new Containerd(service, directory);
    await service.waitForLog(/containerd successfully booted/);
    return containerd;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service.stop();
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** The Kubernetes interface is off: it would look for networks on this machine. */
function configurationIn(directory: string): string {
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${directory}/containerd.sock"
`;
}
