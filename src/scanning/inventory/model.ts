/** The types of packages that are found, in the words of package URLs (purl). */
export type PackageType =
  | "deb"
  | "apk"
  | "rpm"
  | "npm"
  | "pypi"
  | "golang"
  | "maven"
  | "gem"
  | "cargo"
  | "composer"
  | "nuget";

/** A dependency as the package declares it, in the words of its ecosystem: "libc6 (>= 2.36)", "^1.2.0". */
export interface DeclaredDependency {
  readonly kind: "requires" | "optional" | "conflicts" | "breaks" | "provides" | "peer";
  /** The package's name, without the constraint. */
  readonly name: string;
  /** The constraint as it is written; absent where any version does. */
  readonly constraint?: string;
  /** Where it counts at all, in the words of the ecosystem: "python_version < '3.8'". */
  readonly condition?: string;
  /** Others that satisfy it as well (dpkg's `a | b`). */
  readonly alternatives?: readonly { readonly name: string; readonly constraint?: string }[];
}

/** One package that is installed in an image, or that a lock file there names. */
export interface FoundPackage {
  readonly type: PackageType;
  /** As the ecosystem writes it: the binary package of a distribution, `@scope/name`, `group:artifact`, a Go module's path. */
  readonly name: string;
  /** As the ecosystem writes it, with its epoch: "2:9.0.1-1". */
  readonly version: string;
  readonly architecture?: string;
  /** What a distribution built it from; its advisories name this. Absent where it is the package itself. */
  readonly source?: { readonly name: string; readonly version: string };
  /** Who built it, where the package says so (an RPM's vendor, dpkg's Origin); third parties are not matched against the distribution's advisories. */
  readonly vendor?: string;
  /** The module stream of an RPM: "nodejs:18:8090020231214:...". */
  readonly module?: string;
  /** Named by a lock file alone: meant to be installed, not seen to be. */
  readonly locked?: true;
  /** As declared, not yet SPDX expressions. */
  readonly licences: readonly string[];
  readonly dependencies?: readonly DeclaredDependency[];
}

/** What `/etc/os-release` says. */
export interface Distribution {
  /** `ID`: "debian", "alpine", "almalinux". */
  readonly id: string;
  /** `VERSION_ID`: "12", "3.11.6"; empty on rolling releases. */
  readonly version: string;
  /** `ID_LIKE`, split. */
  readonly like: readonly string[];
  readonly prettyName: string;
}

/** What a file of a layer may be that it should not be; `src/scanning/flaws` explains each. */
export type FileFlawKind =
  | "secret-in-file"
  | "private-file"
  | "setuid-file"
  | "world-writable-file"
  | "package-cache";

export interface FileFlaw {
  readonly kind: FileFlawKind;
  /** What was found, without anything that is secret: the name of the rule and the beginning of the match. */
  readonly detail?: string;
  /** From 1. */
  readonly line?: number;
}

/** What one file of a layer says. Empty where it says nothing, which still hides the same file of lower layers. */
export interface FileReport {
  readonly packages?: readonly FoundPackage[];
  readonly distribution?: Distribution;
  /** Files that packages of the distribution own, as far as other analysers ask for such files. */
  readonly ownedPaths?: readonly string[];
  /** Which of `packages` owns each of them; absent where the file is of one package, which it does not name. */
  readonly owners?: readonly number[];
  /** What the file says about the licences of a package that another file names. */
  readonly licences?: {
    readonly type: PackageType;
    readonly name: string;
    readonly names: readonly string[];
  };
  readonly flaws?: readonly FileFlaw[];
  /** Why the file could not be read as what its name promises: shown beside the result, never hidden. */
  readonly problem?: string;
}

/** A file of a layer as analysers get it. */
export interface LayerFile {
  /** Without a leading slash, normalised: "var/lib/dpkg/status". */
  readonly path: string;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Reads one kind of file. Pure: content in, report out. */
export interface Analyser {
  readonly name: string;
  /** Whether it wants the content of the file, said by its name, size and mode alone. */
  wants(file: LayerFile): boolean;
  /** Only files that begin with one of these bytes are kept (ELF, zip); absent: all that it wants. */
  readonly magic?: readonly Uint8Array[];
  /** Bytes beyond which a file is not read and reported as a problem. */
  readonly maxBytes: number;
  analyse(file: LayerFile, content: Buffer): FileReport;
}

/** What was found in one layer; the same for each image that has the layer. */
export interface LayerReport {
  /** Digest of the uncompressed tar. */
  readonly diffId: string;
  readonly analyserVersion: number;
  /** By path. */
  readonly files: Readonly<Record<string, FileReport>>;
  /** Paths that this layer removes from those beneath it. */
  readonly whiteouts: readonly string[];
  /** Directories whose contents in lower layers this layer hides. */
  readonly opaque: readonly string[];
  /** All paths of the layer that are no directories (see path-set.ts): nothing of lower layers is left at or beneath them. */
  readonly occupied: string;
}

/** A package with the place in the image where it was found. */
export interface PlacedPackage extends FoundPackage {
  /** The file that names it. */
  readonly path: string;
  /** Index of the layer that brought this version, from 0 at the bottom. */
  readonly layer: number;
  /** A distribution's package owns the file that names it, so its own advisories are not asked. */
  readonly ownedByDistribution: boolean;
  /** A later layer brought this version over the file that the distribution's package owns. */
  readonly overwritesDistribution?: true;
}

/** What is in an image. */
export interface ImageInventory {
  readonly distribution?: Distribution;
  readonly packages: readonly PlacedPackage[];
  /** Files that could not be read, with the reason. */
  readonly problems: readonly {
    readonly path: string;
    readonly layer: number;
    readonly reason: string;
  }[];
}
