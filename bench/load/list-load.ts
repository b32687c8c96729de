import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { readJob, writeResult } from "./job.ts";

/** Reads lists over one connection, following `Link` to the end when asked to walk. */
export interface ListJob {
  readonly origin: string;
  readonly path: string;
  readonly walk: boolean;
  readonly seconds: number;
}

export interface ListResult {
  readonly lists: number;
  readonly entries: number;
  readonly seconds: number;
}

const job = readJob<ListJob>();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const begin = performance.now();
let lists = 0;
let entries = 0;
do {
  entries = await readList();
  lists += 1;
} while (performance.now() - begin < job.seconds * 1000);
writeResult({ lists, entries, seconds: (performance.now() - begin) / 1000 } satisfies ListResult);
agent.destroy();

async function readList(): Promise<number> {
  let read = 0;
  for (let path: string | undefined = job.path; path !== undefined; ) {
    const sending = request(new URL(path, job.origin), { agent }).end();
    const [answer] = (await once(sending, "response")) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}`);
    const page = (await json(answer)) as { tags?: string[]; repositories?: string[] };
    read += (page.tags ?? page.repositories ?? []).length;
    const following = /<([^>]+)>/.exec(String(answer.headers.link ?? ""))?.[1];
    path = job.walk ? following : undefined;
  }
  return read;
}
