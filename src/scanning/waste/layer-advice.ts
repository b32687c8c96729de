import { type BuildStep, findStep } from "../flaws/image-history.ts";
import { ADVICE_RULES, type AdviceId } from "./advice-rules.ts";
import type { HiddenFile, LayerFile, StackedLayers } from "./stack-layers.ts";
import { cleaningsFor, suggestPatch } from "./suggest-patch.ts";

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
/** Nobody reads on. */
const MOST_ADVICE = 100;

interface Found {
  readonly id: AdviceId;
  readonly files: readonly LayerFile[];
  /** The one to change. */
  readonly layer: number;
  /** The one above that has to do with it. */
  readonly other?: number;
  readonly bytes?: number;
}

/** Something that makes an image larger than it need be, whatever its steps were. */
export interface Waste {
  readonly id: AdviceId;
  readonly bytes: number;
  readonly layer: number;
  /** The layer above that has to do with it. */
  readonly other: number | null;
  /** The largest, by path. */
  readonly files: readonly string[];
  readonly fileCount: number;
  /** Commands that would have removed them. */
  readonly cleanings: readonly string[];
}

/** What would make an image smaller, the largest first. */
export function findWaste(stacked: StackedLayers): Waste[] {
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
    .map(toWaste)
    .filter(({ bytes }) => bytes >= LEAST_BYTES)
    .toSorted((one, other) => other.bytes - one.bytes || one.layer - other.layer)
    .slice(0, MOST_ADVICE);
}

/** The same, with the steps that made the layers and what to change in them. */
export function explainWaste(
  { cleanings, other, ...waste }: Waste,
  steps: readonly BuildStep[],
): LayerAdvice {
  const instruction = findStep(steps, waste.layer) ?? null;
  const above = other === null ? "" : (findStep(steps, other) ?? "");
  const place = { instruction: instruction ?? "", above, cleanings };
  return {
    ...waste,
    ...ADVICE_RULES[waste.id],
    instruction,
    patch: suggestPatch(waste.id, place) ?? null,
  };
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

function toWaste({ id, files, layer, other, bytes }: Found): Waste {
  const contents = new Set(files.map(({ content }) => content));
  return {
    ...{ id, layer, other: other ?? null },
    bytes: bytes ?? [...contents].reduce((sum, content) => sum + content.bytes, 0),
    files: files
      .toSorted((one, next) => next.content.bytes - one.content.bytes)
      .slice(0, MOST_FILES)
      .map(({ path }) => path),
    fileCount: files.length,
    cleanings: id === "package-cache" ? cleaningsFor(files) : [],
  };
}
