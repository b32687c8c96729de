import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildId } from "../tables.ts";

/** What the queue has to know of a build. */
export interface Waiting {
  readonly id: BuildId;
  readonly namespace: string;
  readonly repositoryId: RepositoryId;
  readonly notBefore: number | undefined;
  /** Of builds because of a base: nearer ones of the same chain come first. */
  readonly chain: string | undefined;
  readonly depth: number;
}

export interface QueueLimits {
  readonly parallel: number;
  readonly parallelPerNamespace: number;
}

export interface QueueView {
  /** In the order in which they came. */
  readonly waiting: readonly Waiting[];
  readonly running: readonly Waiting[];
  /** What waits for room in the queue. */
  readonly deferred: readonly Pick<Waiting, "chain" | "depth">[];
  /** When the last build of a namespace was begun, of those that had one. */
  readonly lastTurns: ReadonlyMap<string, number>;
  readonly limits: QueueLimits;
  readonly now: number;
}

/** Whose turn it is: of the namespace that waited longest for one, what came first. */
export function chooseNext(view: QueueView): Waiting | undefined {
  const turnOf = ({ namespace }: Waiting) => view.lastTurns.get(namespace) ?? 0;
  const ready = view.waiting.filter((one) => explainWait(view, one) === undefined);
  return ready.reduce<Waiting | undefined>(
    (best, one) => (best !== undefined && turnOf(best) <= turnOf(one) ? best : one),
    undefined,
  );
}

/** Why it does not begin now, whoever's turn it is; undefined when nothing but that is in its way. */
export function explainWait(view: QueueView, one: Waiting): string | undefined {
  const { running, limits, now } = view;
  if (one.notBefore !== undefined && one.notBefore > now)
    return `more may come of its base: not before ${new Date(one.notBefore).toISOString()}`;
  if (running.some(({ repositoryId }) => repositoryId === one.repositoryId))
    return "another build of the repository runs";
  if (waitsForBase(view, one)) return "what it is built on is built before it";
  const own = running.filter(({ namespace }) => namespace === one.namespace).length;
  if (own >= limits.parallelPerNamespace)
    return `${own} builds of ${one.namespace} run (builds.parallelPerNamespace)`;
  if (running.length >= limits.parallel)
    return `${running.length} builds run on this hub (builds.parallel)`;
  return undefined;
}

function waitsForBase({ waiting, running, deferred }: QueueView, one: Waiting): boolean {
  if (one.chain === undefined) return false;
  return [...waiting, ...running, ...deferred].some(
    ({ chain, depth }) => chain === one.chain && depth < one.depth,
  );
}
