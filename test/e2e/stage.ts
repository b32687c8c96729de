import { afterAll, beforeAll } from "vitest";
import { HubProcess, type HubProcessOptions } from "../harness/hub-process.ts";
import { RecordingProxy } from "../harness/recording-proxy.ts";

/** What a file of end-to-end tests stands on: one hub and a proxy before it that notes what clients ask for. */
export class Stage {
  readonly #running = new AsyncDisposableStack();
  #hub: HubProcess | undefined;
  #proxy: RecordingProxy | undefined;

  get hub(): HubProcess {
    if (this.#hub === undefined) throw new Error("the hub of this file has not started");
    return this.#hub;
  }

  get proxy(): RecordingProxy {
    if (this.#proxy === undefined) throw new Error("the proxy of this file has not started");
    return this.#proxy;
  }

  /** host:port of the proxy: tests name their images after it, and clients reach the hub through it. */
  get host(): string {
    return this.proxy.host;
  }

  async start(options: HubProcessOptions): Promise<void> {
    this.#hub = this.#running.use(await HubProcess.start(options));
    this.#proxy = this.#running.use(await RecordingProxy.start(this.#hub.url));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.disposeAsync();
  }
}

export function stageForThisFile(options: HubProcessOptions = {}): Stage {
  const stage = new Stage();
  beforeAll(() => stage.start(options));
  afterAll(() => stage[Symbol.asyncDispose]());
  return stage;
}
