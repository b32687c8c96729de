import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** The load programs: each runs in a process of its own, the same one for every server. */
export type LoadName =
  | "request-load"
  | "pull-load"
  | "push-blob-load"
  | "push-many-load"
  | "list-load";

const run = promisify(execFile);

/** Starts a load program and reads the result that it prints. */
export async function runLoad<Result>(name: LoadName, job: object): Promise<Result> {
  const program = join(import.meta.dirname, `${name}.ts`);
  const { stdout } = await run(process.execPath, [program, JSON.stringify(job)], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Result;
}

/** What a load program was asked to do. */
export function readJob<Job>(): Job {
  return JSON.parse(process.argv[2] ?? "{}") as Job;
}

export function writeResult(result: object): void {
  process.stdout.write(JSON.stringify(result));
}
