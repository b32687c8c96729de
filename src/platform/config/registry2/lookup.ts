export type Tree = { [key: string]: unknown };

/** The value at `name`, such as `http.tls.key`; undefined if it is empty or not there. */
export function lookUp(tree: Tree, name: string): unknown {
  const value = name
    .split(".")
    .reduce<unknown>((place, key) => (isTree(place) ? place[key] : undefined), tree);
  return value === null || value === "" ? undefined : value;
}

export function lookUpTree(tree: Tree, name: string): Tree {
  const value = lookUp(tree, name);
  return isTree(value) ? value : {};
}

export function lookUpList(tree: Tree, name: string): readonly unknown[] {
  const value = lookUp(tree, name);
  return Array.isArray(value) ? value : [];
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
