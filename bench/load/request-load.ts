import { readJob, writeResult } from "./job.ts";
import { RawConnection, rawRequest } from "./raw-connection.ts";

/** Asks for small things over and over, one request after the other on each connection. */
export interface RequestJob {
  readonly origin: string;
  readonly method: "GET" | "HEAD";
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface RequestResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const job = readJob<RequestJob>();
const requests = job.paths.map((path) => rawRequest(job.method, `${job.origin}${path}`));
const latencies: number[] = [];
const begin = performance.now();
const until = begin + job.seconds * 1000;
await Promise.all(Array.from({ length: job.connections }, (_, index) => ask(index)));
const seconds = (performance.now() - begin) / 1000;
latencies.sort((left, right) => left - right);
writeResult({
  requests: latencies.length,
  seconds,
  p50Ms: quantile(0.5),
  p99Ms: quantile(0.99),
} satisfies RequestResult);

async function ask(index: number): Promise<void> {
  const connection = await RawConnection.open(job.origin);
  for (let turn = index; ; turn += 1) {
    const started = performance.now();
    if (started > until) break;
    const request = requests[turn % requests.length] as Buffer;
    const answer = await connection.exchange(request, job.method === "GET");
    if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`);
    latencies.push(performance.now() - started);
  }
  connection.close();
}

function quantile(share: number): number {
  return latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
}
