import { join } from "node:path";
import { noteLog } from "./canaries.ts";
import type { User } from "./client.ts";
import { writeHtpasswd } from "./htpasswd.ts";
import { PROGRAM, PROGRAM_ENVIRONMENT } from "./program.ts";
import { Service } from "./service.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

export type HubProcessOptions = {
  /** With users the hub asks for passwords; without it is open. */
  readonly users?: readonly User[];
  readonly env?: Readonly<Record<string, string>>;
  /** Data that outlives this process; a directory of its own otherwise. */
  readonly dataDirectory?: string;
};

/** A real `berth serve` with nothing shared with the test but its port, its files and its log. */
export class HubProcess implements AsyncDisposable {
  /** host:port, the way clients name a registry. */
  readonly host: string;
  readonly dataDirectory: string;
  readonly #service: Service;
  readonly #home: TempDirectory;

  private constructor(options: {
    host: string;
    dataDirectory: string;
    service: Service;
    home: TempDirectory;
  }) {
    this.host = options.host;
    this.dataDirectory = options.dataDirectory;
    this.#service = options.service;
    this.#home = options.home;
  }

  static async start(options: HubProcessOptions = {}): Promise<HubProcess> {
    const home = await makeTempDirectory("hub");
    const dataDirectory = options.dataDirectory ?? join(home.path, "data");
    const service = new Service({
      command: process.execPath,
      args: [PROGRAM, "serve"],
      cwd: home.path,
      env: {
        ...PROGRAM_ENVIRONMENT,
        HOME: home.path,
        BERTH_LISTEN: "127.0.0.1:0",
        BERTH_DATA: dataDirectory,
        // What it logs is searched for secrets, and this is when it logs most.
        BERTH_LOG_LEVEL: "debug",
        // A test that is about it switches it on.
        BERTH_SCANNING_ENABLED: "false",
        ...(await accessEnvironment(home, options.users)),
        ...options.env,
      },
    });
    const [, host = ""] = await service.waitForLog(/http:\/\/(127\.0\.0\.1:\d+)/);
    return new HubProcess({ host, dataDirectory, service, home });
  }

  get url(): string {
    return `http://${this.host}`;
  }

  get pid(): number {
    return this.#service.pid;
  }

  /** Whether the hub ends by itself, or by a fail point, within `patienceMs`. */
  async endsWithin(patienceMs: number): Promise<boolean> {
    return await this.#service.endsWithin(patienceMs);
  }

  get log(): string {
    return this.#service.log;
  }

  /** Writes the password file anew, as an administrator does while the hub runs. */
  async setUsers(users: readonly User[]): Promise<void> {
    await writeHtpasswd(htpasswdIn(this.#home), users);
  }

  /** Ends the process and leaves its data. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#service.stop(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    noteLog(this.log);
    await this.#home[Symbol.asyncDispose]();
  }
}

async function accessEnvironment(
  home: TempDirectory,
  users: readonly User[] | undefined,
): Promise<Record<string, string>> {
  if (users === undefined) return { BERTH_ACCESS_MODE: "open" };
  const file = htpasswdIn(home);
  await writeHtpasswd(file, users);
  return { BERTH_ACCESS_MODE: "htpasswd", BERTH_ACCESS_HTPASSWD_PATH: file };
}

function htpasswdIn(home: TempDirectory): string {
  return join(home.path, "htpasswd");
}
