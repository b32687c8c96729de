import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly origin: string;
}

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
}

const READY_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 20;

/** Starts a server, its output in a file as in production, and waits until it answers. */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  const log = openSync(join(server.directory, "server.log"), "a");
  const child = spawn(server.command, server.args, {
    env: { ...process.env, ...server.env },
    stdio: ["ignore", log, log],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`could not start ${server.command}`);
  try {
    await untilAnswering(child, server.origin);
  } catch (cause) {
    child.kill("SIGKILL");
    throw new Error(`${server.command} did not start, see ${server.directory}`, { cause });
  }
  return { pid, [Symbol.asyncDispose]: () => stop(child) };
}

async function untilAnswering(child: ChildProcess, origin: string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (!(await answers(origin))) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    if (performance.now() > until) throw new Error("it does not answer");
    await delay(POLL_EVERY_MS);
  }
}

function answers(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(`${origin}/v2/`, { agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
    probe.end();
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const ended = once(child, "exit");
  const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(killer);
}

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
