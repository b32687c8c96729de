import { fileNameOf } from "./dependency-folder.ts";
import {
  artefactOfManifest,
  type JavaArtefact,
  readJarName,
  readManifest,
  readPomProperties,
} from "./java-properties.ts";
import { createLanguageAnalyser, PROGRAM_BYTES, type RawPackage } from "./language-analyser.ts";
import { listZip, readZipEntry, ZIP_MAGIC, type ZipEntry } from "./zip-directory.ts";

const ARCHIVE = /\.(?:jar|war|ear|par|jpi|hpi|rar|kar)$/i;
const POM_PROPERTIES = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const MANIFEST = "META-INF/MANIFEST.MF";
const PROPERTIES_BYTES = 1024 * 1024;
/** A war in an ear with jars that hold jars; what is deeper was made to hurt. */
const DEEPEST = 4;
/** Of all that is unpacked of one file, so that an archive of archives of archives cannot take for ever. */
const MOST_UNPACKED = 512 * 1024 * 1024;
const LARGEST_NESTED = 128 * 1024 * 1024;

/** What is left to unpack of the outermost archive, and the first thing that went wrong in there. */
interface Budget {
  bytes: number;
  problem?: unknown;
}

/** Java archives and those within. Only lists of files, Maven's properties, manifests and nested archives are read, no classes. */
export const javaArchive = createLanguageAnalyser({
  name: "java-archive",
  maxBytes: PROGRAM_BYTES,
  magic: [ZIP_MAGIC],
  wants: (path) => ARCHIVE.test(path),
  *read(content, path) {
    const budget: Budget = { bytes: MOST_UNPACKED };
    yield* readArchive({ content, name: fileNameOf(path), depth: 0 }, budget);
    if (budget.problem !== undefined) throw budget.problem;
  },
});

interface Archive {
  readonly content: Buffer;
  readonly name: string;
  readonly depth: number;
}

function* readArchive(archive: Archive, budget: Budget): Iterable<RawPackage> {
  const entries = listZip(archive.content);
  let isNamed = false;
  for (const entry of entries) {
    if (POM_PROPERTIES.test(entry.name)) {
      const artefact = attempt(budget, () =>
        readPomProperties(unpack(archive.content, entry, budget)),
      );
      if (artefact === undefined) continue;
      // The others were merged into this archive by a build ("shaded").
      isNamed ||= isNameOf(archive.name, artefact);
      yield packageOf(artefact);
    } else if (ARCHIVE.test(entry.name)) {
      yield* readNested(archive, entry, budget);
    }
  }
  if (isNamed) return;
  const manifest = entries.find(({ name }) => name === MANIFEST);
  if (manifest === undefined) return;
  const artefact = attempt(budget, () =>
    artefactOfManifest(readManifest(unpack(archive.content, manifest, budget))),
  );
  if (artefact !== undefined) yield packageOf(artefact);
}

/** The name of the file may lack the version, as in Debian. */
function isNameOf(fileName: string, { artefact, version }: JavaArtefact): boolean {
  const named = readJarName(fileName);
  if (named === undefined) return artefact === fileName.replace(ARCHIVE, "");
  return artefact === named.artefact && version === named.version;
}

function* readNested(archive: Archive, entry: ZipEntry, budget: Budget): Iterable<RawPackage> {
  if (archive.depth >= DEEPEST) {
    budget.problem ??= new Error(`archives lie more than ${DEEPEST} levels deep in each other`);
    return;
  }
  const nested = attempt(budget, () => unpack(archive.content, entry, budget));
  if (nested === undefined) return;
  try {
    const name = fileNameOf(entry.name);
    yield* readArchive({ content: nested, name, depth: archive.depth + 1 }, budget);
  } catch (error) {
    // The other archives beside it are still worth reading; the problem is told at the end.
    budget.problem ??= error;
  }
}

function unpack(archive: Buffer, entry: ZipEntry, budget: Budget): Buffer {
  const most = ARCHIVE.test(entry.name) ? LARGEST_NESTED : PROPERTIES_BYTES;
  const content = readZipEntry(archive, entry, Math.min(most, budget.bytes));
  budget.bytes -= content.length;
  return content;
}

/** One file that cannot be read does not hide the rest; the first such problem is told at the end. */
function attempt<Result>(budget: Budget, read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    budget.problem ??= error;
    return undefined;
  }
}

function packageOf({ group, artefact, version }: JavaArtefact): RawPackage {
  return { type: "maven", name: `${group}:${artefact}`, version };
}
