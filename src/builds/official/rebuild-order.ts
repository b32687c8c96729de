import type { Kysely } from "kysely";
import { listImages } from "./images-store.ts";
import { baseNamesOf } from "./library-bases.ts";
import type { OfficialTables } from "./official-tables.ts";
import {
  findSubmission,
  listRebuilding,
  listWaiting,
  type Submission,
} from "./submissions-store.ts";

type Db = Kysely<OfficialTables>;

/** What is checked next. What the hub submitted because of a base comes after what it did of the bases themselves. */
export async function chooseWaiting(db: Db, now: Date): Promise<Submission | undefined> {
  const waiting = await listWaiting(db, now);
  if (!waiting.some(({ isRebuild }) => isRebuild)) return waiting[0];
  const rebuilding = await listRebuilding(db);
  const graph = await readGraph(db);
  return waiting.find((one) => !one.isRebuild || !waitsForBase(graph, rebuilding, one.name));
}

type Graph = ReadonlyMap<string, readonly string[]>;

/** Which published images each of them is built on. */
async function readGraph(db: Db): Promise<Graph> {
  const graph = new Map<string, readonly string[]>();
  for (const { name, submissionId } of await listImages(db)) {
    const published = await findSubmission(db, submissionId);
    graph.set(name, published === undefined ? [] : baseNamesOf(published));
  }
  return graph;
}

/** Of two that are built on each other, neither waits. */
export function waitsForBase(graph: Graph, rebuilding: ReadonlySet<string>, name: string): boolean {
  return [...listBehind(graph, name)].some(
    (base) => base !== name && rebuilding.has(base) && !listBehind(graph, base).has(name),
  );
}

function listBehind(graph: Graph, name: string): ReadonlySet<string> {
  const behind = new Set<string>();
  const open = [...(graph.get(name) ?? [])];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (behind.has(one)) continue;
    behind.add(one);
    open.push(...(graph.get(one) ?? []));
  }
  return behind;
}
