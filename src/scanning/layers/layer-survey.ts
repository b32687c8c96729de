import type { Analyser, FileReport, LayerFile, LayerReport } from "../inventory/model.ts";
import type { LayerLimits } from "./layer-limits.ts";
import { LayerRefused } from "./layer-refused.ts";
import type { TarEntry, Wanted } from "./tar-walker.ts";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** Files of aufs itself, beside opaque marks. */
const AUFS = ".wh..wh.";

/** Shows the files of one layer to the analysers that want them, and gathers what they say. */
export class LayerSurvey {
  readonly #analysers: readonly Analyser[];
  readonly #limits: Pick<LayerLimits, "packages">;
  readonly #files = new Map<string, FileReport>();
  readonly #whiteouts: string[] = [];
  readonly #opaque: string[] = [];
  readonly #links = new Map<string, LayerFile[]>();
  #packages = 0;

  constructor(analysers: readonly Analyser[], limits: Pick<LayerLimits, "packages">) {
    this.#analysers = analysers;
    this.#limits = limits;
  }

  visit(entry: TarEntry): Wanted | undefined {
    const { path } = entry;
    if (path.includes(WHITEOUT) && this.#readWhiteout(path)) return undefined;
    // The last entry of a name is the one that is unpacked last.
    this.#files.delete(path);
    this.#links.delete(path);
    const file = { path, size: entry.size, mode: entry.mode };
    if (entry.kind === "hardlink") this.#readLink(entry, file);
    return entry.kind === "file" ? this.#want(file, entry.isSparse) : undefined;
  }

  /** Files that a hard link has another, wanted name for, and whose content nobody has looked at as such. */
  get missedTargets(): ReadonlySet<string> {
    return new Set(this.#links.keys());
  }

  /** The second time through, for those files alone. */
  revisit(entry: TarEntry): Wanted | undefined {
    const links = entry.kind === "file" ? (this.#links.get(entry.path) ?? []) : [];
    const wanted = links.flatMap((link) => {
      const file = { ...link, size: entry.size };
      return this.#want(file, entry.isSparse) ?? [];
    });
    if (wanted.length === 0) return undefined;
    return {
      take: (content) => {
        for (const { accepts, take } of wanted) if (accepts?.(content) !== false) take(content);
      },
    };
  }

  report(): Pick<LayerReport, "files" | "whiteouts" | "opaque"> {
    return {
      files: Object.fromEntries(this.#files),
      whiteouts: this.#whiteouts,
      opaque: this.#opaque,
    };
  }

  /** False for what only looks like one. */
  #readWhiteout(path: string): boolean {
    const slash = path.lastIndexOf("/") + 1;
    const name = path.slice(slash);
    if (!name.startsWith(WHITEOUT)) return false;
    if (name === OPAQUE) this.#opaque.push(path.slice(0, Math.max(0, slash - 1)));
    else if (!name.startsWith(AUFS)) {
      this.#whiteouts.push(path.slice(0, slash) + name.slice(WHITEOUT.length));
    }
    return true;
  }

  #readLink(entry: TarEntry, file: LayerFile): void {
    const wanting = this.#wanting({ ...file, size: 1 });
    if (wanting.length === 0) return;
    const known = this.#files.get(entry.target);
    const asTarget = this.#wanting({ ...file, path: entry.target, size: 1 });
    const isSame = wanting.every((analyser, index) => analyser === asTarget[index]);
    if (known !== undefined && isSame) this.#files.set(file.path, known);
    else this.#links.set(entry.target, [...(this.#links.get(entry.target) ?? []), file]);
  }

  #wanting(file: LayerFile): Analyser[] {
    return this.#analysers.filter((analyser) => analyser.wants(file));
  }

  #want(file: LayerFile, isSparse: boolean): Wanted | undefined {
    const wanting = this.#wanting(file);
    if (wanting.length === 0) return undefined;
    // Also where it says nothing, it hides what lower layers have in its place.
    this.#files.set(file.path, {});
    const fitting = wanting.filter(({ maxBytes }) => file.size <= maxBytes);
    const tooLarge = wanting.filter(({ maxBytes }) => file.size > maxBytes);
    const problem = `it has ${file.size} bytes, which is more than is read`;
    if (fitting.length === 0 && (isSparse || tooLarge.some(({ magic }) => magic === undefined))) {
      // Its content is not even looked at.
      this.#add(file, { problem });
      return undefined;
    }
    return {
      accepts: (first) => {
        if (tooLarge.some((analyser) => isBegunBy(analyser, first))) this.#add(file, { problem });
        return fitting.some((analyser) => isBegunBy(analyser, first));
      },
      take: (content) => {
        for (const analyser of fitting) {
          if (isBegunBy(analyser, content)) this.#add(file, reportOf(analyser, file, content));
        }
      },
    };
  }

  #add({ path }: LayerFile, report: FileReport): void {
    this.#packages += report.packages?.length ?? 0;
    if (this.#packages > this.#limits.packages) throw new LayerRefused("TOO_MANY_PACKAGES");
    this.#files.set(path, combine(this.#files.get(path) ?? {}, report));
  }
}

function isBegunBy({ magic }: Analyser, content: Buffer): boolean {
  return magic === undefined || magic.some((bytes) => startsWith(content, bytes));
}

function startsWith(content: Buffer, bytes: Uint8Array): boolean {
  return content.length >= bytes.length && bytes.every((byte, index) => content[index] === byte);
}

function reportOf(analyser: Analyser, file: LayerFile, content: Buffer): FileReport {
  try {
    return analyser.analyse(file, content);
  } catch (cause) {
    // Whoever built the image wrote the file: a malformed one is a finding about it, not a failure of the scan.
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { problem: `${analyser.name} could not read it: ${reason}` };
  }
}

/** A file may say something to several analysers. */
function combine(one: FileReport, other: FileReport): FileReport {
  const packages = [...(one.packages ?? []), ...(other.packages ?? [])];
  const ownedPaths = [...(one.ownedPaths ?? []), ...(other.ownedPaths ?? [])];
  const owners = [...ownersOf(one, 0), ...ownersOf(other, one.packages?.length ?? 0)];
  const isAnyNamed = owners.some((owner) => owner !== NOBODY);
  return {
    ...one,
    ...other,
    ...(packages.length > 0 ? { packages } : {}),
    ...(ownedPaths.length > 0 ? { ownedPaths } : {}),
    ...(isAnyNamed ? { owners } : {}),
  };
}

const NOBODY = -1;

/** One for each owned path, where the report's packages begin at `offset`. */
function ownersOf({ ownedPaths = [], owners }: FileReport, offset: number): readonly number[] {
  return ownedPaths.map((_path, index) => {
    const owner = owners?.[index] ?? NOBODY;
    return owner === NOBODY ? NOBODY : owner + offset;
  });
}
