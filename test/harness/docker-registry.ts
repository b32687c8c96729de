import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Service } from "./service.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

/** CNCF distribution 2.8.2 as Debian packages it, on a free port, with deletion on. */
export class DockerRegistry implements AsyncDisposable {
  /** host:port, the way clients name a registry. */
  readonly host: string;
  /** What its operator would mount as /var/lib/registry. */
  readonly dataDirectory: string;
  readonly #service: Service;
  readonly #directory: TempDirectory;

  private constructor(host: string, service: Service, directory: TempDirectory) {
    this.host = host;
    this.dataDirectory = join(directory.path, "data");
    this.#service = service;
    this.#directory = directory;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  static async start(): Promise<DockerRegistry> {
    const directory = await makeTempDirectory("docker-registry");
    const config = join(directory.path, "config.yml");
    await writeFile(config, configurationIn(directory.path));
    const service = new Service({ command: "docker-registry", args: ["serve", config] });
    const [, host = ""] = await service.waitForLog(/listening on (127\.0\.0\.1:\d+)/);
    return new DockerRegistry(host, service, directory);
  }

  /** Stops the program and leaves its data for somebody else to take over. */
  async stop(): Promise<void> {
    await this.#service.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#directory[Symbol.asyncDispose]();
  }
}

function configurationIn(directory: string): string {
  return `version: 0.1
log:
  level: info
storage:
  filesystem:
    rootdirectory: ${directory}/data
  delete:
    enabled: true
http:
  addr: 127.0.0.1:0
  secret: only-for-tests
`;
}
