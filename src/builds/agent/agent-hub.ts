import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Agent, type Dispatcher, request } from "undici";
import type { z } from "zod";
import {
  type agentEnding,
  agentFiles,
  agentHeartbeat,
  agentJob,
  type agentProgress,
  agentProgressAnswer,
  BUILD_AGENT_PATHS,
} from "../../contract/build-agents.ts";
import { describeRefusal } from "./hub-says-no.ts";

export type AgentJob = z.output<typeof agentJob>;
export type AgentEnding = z.output<typeof agentEnding>;

/** A hub from the side of an agent: all connections go out from here. */
export class AgentHub implements AsyncDisposable {
  readonly #url: URL;
  readonly #token: string;
  readonly #connections = new Agent({ headersTimeout: 60_000, bodyTimeout: 120_000 });

  constructor(url: URL, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** What to build next; undefined when nothing came for a while. */
  async claim(signal: AbortSignal): Promise<AgentJob | undefined> {
    const { statusCode, body } = await this.#ask({
      ...{ method: "POST", path: BUILD_AGENT_PATHS.claim, signal },
    });
    if (statusCode !== 204) return agentJob.parse(await body.json());
    await body.dump();
    return undefined;
  }

  /** An archive of the source, or of a base. */
  async fetch(wish: { job: string; what: string; file: string }, signal: AbortSignal) {
    const path = `${BUILD_AGENT_PATHS.jobs}/${wish.job}/${wish.what}`;
    const { body } = await this.#ask({ method: "GET", path, signal });
    await pipeline(body, createWriteStream(wish.file, { mode: 0o600 }), { signal });
    return { [Symbol.asyncDispose]: () => rm(wish.file, { force: true }) };
  }

  /** Whether to go on; the hub takes its time to answer, unless not. */
  async beat(job: string, signal: AbortSignal): Promise<boolean> {
    const path = `${BUILD_AGENT_PATHS.jobs}/${job}/heartbeat`;
    const { body } = await this.#ask({ method: "POST", path, signal });
    return agentHeartbeat.parse(await body.json()).goesOn;
  }

  /** Answers from which byte on the hub wants the rest. */
  async tell(
    job: string,
    progress: z.input<typeof agentProgress>,
    signal: AbortSignal,
  ): Promise<number> {
    const path = `${BUILD_AGENT_PATHS.jobs}/${job}/progress`;
    const { body } = await this.#ask({ method: "POST", path, signal, ...json(progress) });
    return agentProgressAnswer.parse(await body.json()).next;
  }

  /** Names of the files of an image that the hub has. */
  async listSent(job: string, index: number, signal: AbortSignal): Promise<readonly string[]> {
    const path = `${BUILD_AGENT_PATHS.jobs}/${job}/images/${index}`;
    const { body } = await this.#ask({ method: "GET", path, signal });
    return agentFiles.parse(await body.json()).files;
  }

  async sendFile(
    wish: { job: string; index: number; name: string; file: string },
    signal: AbortSignal,
  ): Promise<void> {
    const path = `${BUILD_AGENT_PATHS.jobs}/${wish.job}/images/${wish.index}/${wish.name}`;
    const { body } = await this.#ask({
      ...{ method: "PUT", path, signal, body: createReadStream(wish.file) },
      headers: { "content-type": "application/octet-stream" },
    });
    await body.dump();
  }

  async end(job: string, ending: AgentEnding, signal: AbortSignal): Promise<void> {
    const path = `${BUILD_AGENT_PATHS.jobs}/${job}/end`;
    const { body } = await this.#ask({ method: "POST", path, signal, ...json(ending) });
    await body.dump();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.destroy();
  }

  /** Throws HubSaysNo for what trying again does not change. */
  async #ask(wish: Wish): Promise<Dispatcher.ResponseData> {
    const { path, headers, ...options } = wish;
    const authorization = `Bearer ${this.#token}`;
    const answer = await request(new URL(path, this.#url), {
      ...options,
      dispatcher: this.#connections,
      headers: { ...headers, authorization },
    });
    const { statusCode: status } = answer;
    if (status < 300) return answer;
    throw describeRefusal(status, await answer.body.text());
  }
}

type Wish = Pick<Dispatcher.RequestOptions, "method" | "body"> & {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly headers?: Record<string, string>;
};

function json(value: unknown): { body: string; headers: Record<string, string> } {
  return { body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}
