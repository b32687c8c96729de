import { runLoad } from "../load/job.ts";
import type { ListJob, ListResult } from "../load/list-load.ts";
import { runWrk } from "../load/wrk.ts";
import type { Peer, PeerName } from "../peer.ts";
import type { Sample, Scenario } from "../scenario.ts";
import { repositoryName, seedRepositories, seedTags, tagName } from "../seed-lists.ts";

const REGISTRIES: readonly PeerName[] = ["docker-registry", "berth"];
const TAGGED = "bench/tagged";
const PAGE = 100;

export function lists(): Scenario[] {
  return [
    tagList("tags-list-all", "tags/list of 10,000, all of it", {
      query: () => "",
      walk: true,
      ratio: 5,
    }),
    tagList("tags-list-page", "tags/list of 10,000, one page of 100", {
      query: (middle) => `?n=${PAGE}&last=${middle}`,
      walk: false,
      ratio: 50,
    }),
    catalogPage(),
  ];
}

interface TagListKind {
  query(middle: string): string;
  readonly walk: boolean;
  readonly ratio: number;
}

function tagList(id: string, title: string, kind: TagListKind): Scenario {
  return {
    id,
    title,
    unit: "lists/s",
    work: "request",
    peers: REGISTRIES,
    target: { ratio: kind.ratio },
    async prepare(peer, scale) {
      await once(peer, "tags", () => seedTags(peer, TAGGED, scale.listEntries));
    },
    run(peer, scale) {
      const middle = tagName(Math.floor(scale.listEntries / 2));
      const path = `/v2/${TAGGED}/tags/list${kind.query(middle)}`;
      return readLists({ origin: peer.origin, path, walk: kind.walk, seconds: scale.seconds });
    },
  };
}

function catalogPage(): Scenario {
  return {
    id: "catalog-page",
    title: "_catalog over 10,000 repositories, a page of 100 from the middle",
    unit: "lists/s",
    work: "request",
    peers: REGISTRIES,
    target: { ratio: 500 },
    async prepare(peer, scale) {
      await once(peer, "repositories", () => seedRepositories(peer, scale.listEntries));
    },
    run(peer, scale) {
      const middle = repositoryName(Math.floor(scale.listEntries / 2));
      const path = `/v2/_catalog?n=${PAGE}&last=${encodeURIComponent(middle)}`;
      return readLists({ origin: peer.origin, path, walk: false, seconds: scale.seconds });
    },
  };
}

const seeded = new Set<string>();

/** Two scenarios read the same list. */
async function once(peer: Peer, what: string, seed: () => Promise<void>): Promise<void> {
  const key = `${peer.dataDirectory} ${what}`;
  if (seeded.has(key)) return;
  await seed();
  seeded.add(key);
}

/** Whoever walks has to read the pages; a single page is asked for by wrk, which takes less of the machine. */
async function readLists(job: ListJob): Promise<Sample> {
  if (!job.walk) {
    const { requests, requestsPerSecond } = await runWrk({
      ...job,
      paths: [job.path],
      connections: 1,
    });
    return { value: requestsPerSecond, work: requests };
  }
  const result = await runLoad<ListResult>("list-load", job);
  return { value: result.lists / result.seconds, work: result.lists };
}
