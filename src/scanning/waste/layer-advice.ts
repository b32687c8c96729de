import { type BuildStep, findStep } from "../flaws/image-history.ts";
import { ADVICE_RULES, type AdviceId } from "./advice-rules.ts";
import type { HiddenFile, LayerFile, StackedLayers } from "./stack-layers.ts";
import { suggestPatch } from "./suggest-patch.ts";

export interface LayerAdvice {
  readonly id: AdviceId;
  readonly bytes: number;
  readonly title: string;
  readonly why: string;
  readonly how: string;
  /** From 0 at the bottom: the one to change. */
  readonly layer: number;
  readonly instruction: string | null;
  /** The largest, by path. */
  readonly files: readonly string[];
  readonly fileCount: number;
  /** Lines of the Dockerfile as they are and as they could be. */
  readonly patch: string | null;
}

/** Less is not worth a line. */
const LEAST_BYTES = 10_000;
const MOST_FILES = 10;

interface Found {
  readonly id: AdviceId;
  readonly files: readonly LayerFile[];
  /** The one to change. */
  readonly layer: number;
  /** The one above that has to do with it. */
  readonly other?: number;
  readonly bytes?: number;
}

/** What would make an image smaller, the largest first. */
export function adviseOnLayers(stacked: StackedLayers, steps: readonly BuildStep[]): LayerAdvice[] {
  const found = [
    ...hiddenAdvice(stacked.hidden),
    ...duplicateAdvice(stacked.visible),
    ...PLACES.flatMap(({ id, path }) =>
      byLayer(
        id,
        stacked.visible.filter((file) => path.test(file.path)),
      ),
    ),
  ];
  return found
    .map((one) => toAdvice(one, steps))
    .filter(({ bytes }) => bytes >= LEAST_BYTES)
    .toSorted((one, other) => other.bytes - one.bytes || one.layer - other.layer);
}

const PLACES: readonly { readonly id: AdviceId; readonly path: RegExp }[] = [
  {
    id: "package-cache",
    path: /^(?:var\/cache\/(?:apt|apk|dnf|yum|libdnf5|zypp|pacman)|var\/lib\/apt\/lists|(?:root|home\/[^/]+)\/(?:\.cache\/(?:pip|go-build|yarn|pnpm|uv|pypoetry|composer)|\.npm\/_cacache|\.m2\/repository|\.gradle\/caches|\.cargo\/registry|\.composer\/cache)|usr\/local\/share\/\.cache|usr\/local\/cargo\/registry|go\/pkg\/mod\/cache)\//,
  },
  {
    id: "build-tools",
    path: /^usr\/(?:local\/)?(?:bin\/(?:[\w.]+-linux-gnu-)?(?:gcc|g\+\+|cpp|clang|make|gmake|cmake|ninja|ld(?:\.bfd|\.gold)?|rustc|cargo|javac)(?:-[\d.]+)?$|lib(?:exec)?\/gcc\/|lib\/llvm-[\d.]+\/bin\/clang|(?:local\/)?go\/(?:bin|pkg\/tool)\/)/,
  },
  { id: "repository-copied", path: /(?:^|\/)\.git\/(?:objects|packed-refs|index|HEAD)/ },
];

function hiddenAdvice(hidden: readonly HiddenFile[]): Found[] {
  const groups = Map.groupBy(hidden, (file) => `${kindOf(file)} ${file.layer} ${file.hiddenBy}`);
  return [...groups.values()].flatMap((files) => {
    const [first] = files;
    if (first === undefined) return [];
    return [{ id: kindOf(first), files, layer: first.layer, other: first.hiddenBy }];
  });
}

function kindOf({ replacement, content }: HiddenFile): AdviceId {
  if (replacement === undefined) return "deleted-above";
  const isSame = content.hash !== undefined && content.hash === replacement.content.hash;
  return isSame ? "metadata-copy" : "replaced-above";
}

function duplicateAdvice(visible: readonly LayerFile[]): Found[] {
  const unique = new Map(visible.map((file) => [file.content, file]));
  const groups = Map.groupBy(unique.values(), ({ content }) => `${content.hash} ${content.bytes}`);
  return [...groups.values()].flatMap((files) => {
    const [first] = files;
    if (first?.content.hash === undefined || files.length < 2) return [];
    const bytes = first.content.bytes * (files.length - 1);
    const layer = Math.max(...files.map((file) => file.layer));
    return [{ id: "duplicate-files" as const, files, layer, bytes }];
  });
}

function byLayer(id: AdviceId, files: readonly LayerFile[]): Found[] {
  return [...Map.groupBy(files, ({ layer }) => layer)].map(([layer, of]) => ({
    id,
    files: of,
    layer,
  }));
}

function toAdvice(
  { id, files, layer, other, bytes }: Found,
  steps: readonly BuildStep[],
): LayerAdvice {
  const instruction = findStep(steps, layer) ?? null;
  const above = other === undefined ? undefined : findStep(steps, other);
  const contents = new Set(files.map(({ content }) => content));
  return {
    id,
    bytes: bytes ?? [...contents].reduce((sum, content) => sum + content.bytes, 0),
    ...ADVICE_RULES[id],
    layer,
    instruction,
    files: files
      .toSorted((one, next) => next.content.bytes - one.content.bytes)
      .slice(0, MOST_FILES)
      .map(({ path }) => path),
    fileCount: files.length,
    patch: suggestPatch(id, { instruction: instruction ?? "", above: above ?? "", files }) ?? null,
  };
}
