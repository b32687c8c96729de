import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ACCEPT } from "../content.ts";

interface WrkJob {
  readonly origin: string;
  /** Asked for in turn. */
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

interface WrkResult {
  readonly requestsPerSecond: number;
  readonly requests: number;
}

const run = promisify(execFile);

/** GET over kept connections with Debian's wrk, one thread; every answer must be a success. */
export async function runWrk(job: WrkJob): Promise<WrkResult> {
  const directory = await mkdtemp(join(tmpdir(), "berth-wrk-"));
  try {
    const script = join(directory, "paths.lua");
    await writeFile(script, luaFor(job.paths));
    // Without a script wrk sends the same bytes over and over and leaves more of the machine to the server.
    const [only, ...others] = job.paths;
    const target = others.length === 0 ? [`${job.origin}${only}`] : ["-s", script, job.origin];
    const { stdout } = await run("wrk", [
      "-t1",
      `-c${job.connections}`,
      `-d${job.seconds}s`,
      "--timeout=30s",
      `-HAccept: ${ACCEPT}`,
      ...target,
    ]);
    return parse(stdout);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Ready-made requests: formatting them for each one would cost the generator more than sending. */
function luaFor(paths: readonly string[]): string {
  const list = paths.map((path) => JSON.stringify(path)).join(", ");
  return `local paths = { ${list} }
local requests = {}
local turn = 0
init = function(args)
  for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
`;
}

function parse(output: string): WrkResult {
  const failures = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(output)?.[0];
  if (failures !== undefined) throw new Error(`wrk saw failures: ${failures}`);
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]);
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (!(requests > 0)) throw new Error(`wrk got no answers:\n${output}`);
  return { requestsPerSecond, requests };
}
