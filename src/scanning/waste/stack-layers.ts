import type { Content, LayerListing, ListedEntry } from "./list-layer.ts";

/** A file as it lies in one layer. */
export interface LayerFile {
  readonly path: string;
  readonly layer: number;
  readonly mode: number;
  readonly content: Content;
}

/** A file that nobody sees any more, because of a layer above. */
export interface HiddenFile extends LayerFile {
  readonly hiddenBy: number;
  /** What stands in its place. */
  readonly replacement?: LayerFile;
}

export interface StackedLayers {
  /** Of each layer: what its files have in bytes, and what of that is hidden. Names of one file count once. */
  readonly layers: readonly {
    readonly files: number;
    readonly bytes: number;
    readonly hiddenBytes: number;
  }[];
  readonly visible: readonly LayerFile[];
  /** Only what takes its bytes with it: a file of several names is hidden with the last of them. */
  readonly hidden: readonly HiddenFile[];
  /** dive's score: the least size of each path by all its sizes. */
  readonly efficiency: number;
}

interface Node {
  readonly children: Map<string, Node>;
  file?: LayerFile;
}

/** Lays the layers of an image over each other, from the bottom. */
export function stackLayers(listings: readonly LayerListing[]): StackedLayers {
  const stack = new Stack();
  for (const [layer, listing] of listings.entries()) stack.add(listing, layer);
  return stack.result();
}

class Stack {
  readonly #root: Node = { children: new Map() };
  /** How many names of a file can be seen. */
  readonly #names = new Map<Content, number>();
  readonly #hidden: HiddenFile[] = [];
  readonly #efficiency = new Efficiency();
  readonly #contents: Set<Content>[] = [];
  readonly #files: number[] = [];

  add({ entries, whiteouts, opaque }: LayerListing, layer: number): void {
    this.#efficiency.add(entries, whiteouts, (path) => sizeOf(this.#find(path)));
    this.#contents.push(new Set());
    this.#files.push(0);
    for (const path of opaque) {
      const directory = this.#find(path);
      for (const child of directory?.children.values() ?? []) this.#drop(child, layer);
      directory?.children.clear();
    }
    for (const path of whiteouts) this.#remove(path, layer);
    for (const [path, entry] of entries) this.#put(path, entry, layer);
  }

  result(): StackedLayers {
    const visible: LayerFile[] = [];
    for (const node of nodesBelow(this.#root)) if (node.file !== undefined) visible.push(node.file);
    const hidden = new Map<Content, HiddenFile>();
    for (const one of this.#hidden) {
      if ((this.#names.get(one.content) ?? 0) === 0) hidden.set(one.content, one);
    }
    const layers = this.#contents.map((contents, layer) => ({
      files: this.#files[layer] ?? 0,
      bytes: sum([...contents]),
      hiddenBytes: sum([...contents].filter((content) => hidden.has(content))),
    }));
    return { layers, visible, hidden: [...hidden.values()], efficiency: this.#efficiency.score };
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    if (path === "") return node;
    for (const segment of path.split("/")) node = node?.children.get(segment);
    return node;
  }

  #remove(path: string, layer: number): void {
    const slash = path.lastIndexOf("/");
    const parent = this.#find(slash === -1 ? "" : path.slice(0, slash));
    const name = path.slice(slash + 1);
    const node = parent?.children.get(name);
    if (node === undefined) return;
    this.#drop(node, layer);
    parent?.children.delete(name);
  }

  #put(path: string, entry: ListedEntry, layer: number): void {
    let node = this.#root;
    for (const segment of path.split("/")) {
      // What a path leads through is a directory, whatever it was below.
      this.#hide(node, layer);
      const next: Node = node.children.get(segment) ?? { children: new Map() };
      node.children.set(segment, next);
      node = next;
    }
    if (entry.kind === "directory") {
      this.#hide(node, layer);
      return;
    }
    const file = this.#fileOf(path, entry, layer);
    this.#drop(node, layer, file);
    node.children.clear();
    if (file !== undefined) node.file = file;
  }

  /** Of a link to a file of a lower layer: that file, under one more name. */
  #fileOf(
    path: string,
    { content, target, mode }: ListedEntry,
    layer: number,
  ): LayerFile | undefined {
    const lower = target === undefined ? undefined : this.#find(target)?.file;
    const known = content ?? lower?.content;
    if (known === undefined) return undefined;
    this.#names.set(known, (this.#names.get(known) ?? 0) + 1);
    this.#files[layer] = (this.#files[layer] ?? 0) + 1;
    if (content !== undefined) this.#contents[layer]?.add(content);
    return {
      path,
      layer: content === undefined ? (lower?.layer ?? layer) : layer,
      mode,
      content: known,
    };
  }

  #drop(node: Node, layer: number, replacement?: LayerFile): void {
    for (const below of nodesBelow(node))
      this.#hide(below, layer, below === node ? replacement : undefined);
  }

  #hide(node: Node, layer: number, replacement?: LayerFile): void {
    const { file } = node;
    if (file === undefined) return;
    delete node.file;
    this.#names.set(file.content, (this.#names.get(file.content) ?? 1) - 1);
    this.#hidden.push({ ...file, hiddenBy: layer, ...(replacement && { replacement }) });
  }
}

/** As dive counts (`filetree/efficiency.go`): files and empty directories; a deleted file has no size, a deleted directory that of all that was in it. */
class Efficiency {
  readonly #paths = new Map<string, { least: number; all: number }>();

  add(
    entries: LayerListing["entries"],
    whiteouts: readonly string[],
    sizeBelow: (path: string) => number,
  ): void {
    const parents = new Set(
      [...entries.keys()].map((path) => path.slice(0, path.lastIndexOf("/"))),
    );
    for (const [path, { kind, content }] of entries) {
      if (kind === "directory" && parents.has(path)) continue;
      this.#count(path, kind === "file" ? (content?.bytes ?? 0) : 0);
    }
    for (const path of whiteouts) this.#count(path, sizeBelow(path));
  }

  get score(): number {
    let [least, all] = [0, 0];
    for (const path of this.#paths.values()) {
      least += path.least;
      all += path.all;
    }
    return all === 0 ? 1 : least / all;
  }

  #count(path: string, bytes: number): void {
    const known = this.#paths.get(path);
    if (known === undefined) this.#paths.set(path, { least: bytes, all: bytes });
    else {
      known.least = Math.min(known.least, bytes);
      known.all += bytes;
    }
  }
}

function* nodesBelow(node: Node): Generator<Node> {
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    for (const child of next.children.values()) open.push(child);
  }
}

/** Of a directory; a single file counts as nothing, as dive has it. */
function sizeOf(node: Node | undefined): number {
  if (node === undefined || node.file !== undefined) return 0;
  let bytes = 0;
  for (const { file } of nodesBelow(node)) bytes += file?.content.bytes ?? 0;
  return bytes;
}

function sum(contents: readonly Content[]): number {
  return contents.reduce((bytes, content) => bytes + content.bytes, 0);
}
