import { readJob, writeResult } from "./job.ts";
import { RawConnection, rawRequest } from "./raw-connection.ts";

/** Pulls large bodies: every connection takes the next path until all were pulled, or the time is over. */
export interface PullJob {
  readonly origin: string;
  readonly paths: readonly string[];
  readonly connections: number;
  /** Go on from the start of the list until this time is over. */
  readonly seconds?: number;
}

export interface PullResult {
  readonly bytes: number;
  readonly seconds: number;
}

const job = readJob<PullJob>();
let next = 0;
let bytes = 0;
const connections = await Promise.all(
  Array.from({ length: job.connections }, () => RawConnection.open(job.origin)),
);
const begin = performance.now();
await Promise.all(connections.map(pullSome));
writeResult({ bytes, seconds: (performance.now() - begin) / 1000 } satisfies PullResult);

async function pullSome(connection: RawConnection): Promise<void> {
  for (let path = nextPath(); path !== undefined; path = nextPath()) {
    const answer = await connection.exchange(rawRequest("GET", `${job.origin}${path}`), true);
    if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`);
    bytes += answer.bodyBytes;
  }
  connection.close();
}

function nextPath(): string | undefined {
  const turn = next++;
  if (job.seconds === undefined) return job.paths[turn];
  const isOver = performance.now() - begin > job.seconds * 1000;
  return isOver ? undefined : job.paths[turn % job.paths.length];
}
