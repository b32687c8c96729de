import { excerpt } from "../../../lib/excerpt.ts";
import type {
  Analyser,
  DeclaredDependency,
  FileReport,
  FoundPackage,
  LayerFile,
  PackageType,
} from "../model.ts";

/** Beyond these nothing that a package manager wrote was ever seen; what is, was made to hurt. */
const MOST_PACKAGES = 50_000;
const MOST_DEPENDENCIES = 2_000;
const MOST_LICENCES = 32;
const LONGEST_NAME = 512;
const LONGEST_VERSION = 256;
const LONGEST_LICENCE = 256;

const MEBIBYTE = 1024 * 1024;
/** What describes one package. */
export const DESCRIPTION_BYTES = 4 * MEBIBYTE;
/** What lists all packages of an application. */
export const LIST_BYTES = 32 * MEBIBYTE;
/** Programs and archives. */
export const PROGRAM_BYTES = 256 * MEBIBYTE;

/** A package as a reader hands it over; what is empty or missing makes no package. */
export interface RawPackage {
  readonly type: PackageType;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly licences?: readonly string[];
  readonly dependencies?: readonly DeclaredDependency[];
  readonly locked?: true;
}

interface LanguageAnalyser extends Pick<Analyser, "name" | "maxBytes" | "magic"> {
  wants(path: string, file: LayerFile): boolean;
  /** Yields what it finds. May throw whatever it likes: the file is then reported as a problem, with what was found until then. */
  read(content: Buffer, path: string): Iterable<RawPackage>;
}

/** An analyser that keeps within limits and never throws, made of a reader that need not care for either. */
export function createLanguageAnalyser({ wants, read, ...analyser }: LanguageAnalyser): Analyser {
  return {
    ...analyser,
    wants: (file) => wants(file.path, file),
    analyse: (file, content) => collect(read, file.path, content),
  };
}

function collect(read: LanguageAnalyser["read"], path: string, content: Buffer): FileReport {
  const found = new Map<string, FoundPackage>();
  let count = 0;
  try {
    for (const raw of read(content, path)) {
      count += 1;
      if (count > MOST_PACKAGES) throw new Error(`it names more than ${MOST_PACKAGES} packages`);
      const proven = provePackage(raw);
      if (proven === undefined) continue;
      const key = `${proven.type} ${proven.name} ${proven.version}`;
      if (!found.has(key)) found.set(key, proven);
    }
  } catch (error) {
    // The content is a stranger's: whatever it did to the reader is a fact about the file, and no other file suffers.
    return { ...packagesOf(found), problem: problemOf(error) };
  }
  return packagesOf(found);
}

function packagesOf(found: ReadonlyMap<string, FoundPackage>): FileReport {
  return found.size === 0 ? {} : { packages: [...found.values()] };
}

function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return excerpt(message.replace(/\s+/g, " "));
}

function provePackage(raw: RawPackage): FoundPackage | undefined {
  const { type, locked } = raw;
  const name = proveWord(raw.name, LONGEST_NAME);
  const version = proveWord(raw.version, LONGEST_VERSION);
  if (name === undefined || version === undefined) return undefined;
  const dependencies = proveDependencies(raw.dependencies ?? []);
  return {
    type,
    name,
    version,
    ...(locked === undefined ? {} : { locked }),
    licences: proveLicences(raw.licences ?? []),
    ...(dependencies.length === 0 ? {} : { dependencies }),
  };
}

/** Names and versions are one line without control characters; anything else would deceive whoever reads the result. */
function proveWord(word: string | undefined, longest: number): string | undefined {
  const trimmed = word?.trim();
  if (trimmed === undefined || trimmed === "" || trimmed.length > longest) return undefined;
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(trimmed) ? undefined : trimmed;
}

function proveLicences(licences: readonly string[]): string[] {
  const proven = licences
    .slice(0, MOST_LICENCES)
    .map((licence) => proveWord(licence, LONGEST_LICENCE))
    .filter((licence) => licence !== undefined);
  return [...new Set(proven)];
}

function proveDependencies(dependencies: readonly DeclaredDependency[]): DeclaredDependency[] {
  return dependencies
    .slice(0, MOST_DEPENDENCIES)
    .filter(
      ({ name, constraint, condition }) =>
        proveWord(name, LONGEST_NAME) !== undefined &&
        (constraint ?? "").length <= LONGEST_NAME &&
        (condition ?? "").length <= LONGEST_NAME,
    );
}
