import type { RepositoryId } from "../../repositories/index.ts";

/** A tag of a repository of this hub. */
export interface Place {
  readonly repositoryId: RepositoryId;
  readonly tag: string;
}

/** What a rule makes of a ref, and one of the images of this hub that it is built on. */
export interface BaseEdge {
  /** Of the rule and the ref: the same for all bases of one image. */
  readonly node: string;
  readonly base: Place;
  readonly makes: readonly Place[];
}

export function printPlace({ repositoryId, tag }: Place): string {
  return `${repositoryId}:${tag}`;
}

/** How far what is built is from places that moved, by the longest way: 1 for what is built on nothing else in between. */
export function measureDepths(
  edges: readonly BaseEdge[],
  moved: readonly Place[],
): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const makers = groupBy(
    edges.flatMap((edge) => edge.makes.map((place) => [printPlace(place), edge.node] as const)),
  );
  const bases = groupBy(edges.map(({ node, base }) => [node, printPlace(base)] as const));
  const roots = new Set(moved.map(printPlace));
  const measure = (node: string, under: ReadonlySet<string>): number => {
    const known = depths.get(node);
    if (known !== undefined) return known;
    // Tags that were exchanged since may make a circle of links that was none.
    if (under.has(node)) return 0;
    const within = new Set([...under, node]);
    const before = [...(bases.get(node) ?? [])].flatMap((place) => [
      ...(roots.has(place) ? [1] : []),
      ...[...(makers.get(place) ?? [])]
        .map((maker) => measure(maker, within))
        .flatMap((deep) => (deep > 0 ? [deep + 1] : [])),
    ]);
    const depth = Math.max(0, ...before);
    depths.set(node, depth);
    return depth;
  };
  for (const { node } of edges) measure(node, new Set());
  return new Map([...depths].filter(([, depth]) => depth > 0));
}

/** Whether what is made there is, over however many images, what the base is built on. */
export function isCycle(edges: readonly BaseEdge[], made: readonly Place[], base: Place): boolean {
  const own = new Set(made.map(printPlace));
  if (own.has(printPlace(base))) return true;
  const behind = groupBy(
    edges.flatMap((edge) =>
      edge.makes.map((place) => [printPlace(place), printPlace(edge.base)] as const),
    ),
  );
  const seen = new Set<string>();
  const open = [printPlace(base)];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (own.has(place)) return true;
    if (seen.has(place)) continue;
    seen.add(place);
    open.push(...(behind.get(place) ?? []));
  }
  return false;
}

function groupBy(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const [key, value] of pairs) groups.set(key, (groups.get(key) ?? new Set()).add(value));
  return groups;
}
