import { inflateSync } from "node:zlib";
import { ELF_MAGIC, findSection, parseElf } from "./elf.ts";
import { findGoBuildInfo, readGoModules } from "./go-build-info.ts";
import { createLanguageAnalyser, PROGRAM_BYTES, type RawPackage } from "./language-analyser.ts";
import { listOf, objectOf, parseJson, textOf } from "./untrusted-json.ts";

const EXECUTABLE = 0o111;
const SMALLEST = 1024;
const AUDITABLE_BYTES = 8 * 1024 * 1024;

/** Programs that say what they were built of: Go's build information, and the section that `cargo auditable` adds to Rust's. */
export const programs = createLanguageAnalyser({
  name: "programs",
  maxBytes: PROGRAM_BYTES,
  magic: [ELF_MAGIC],
  wants: (path, { mode, size }) =>
    size >= SMALLEST && ((mode & EXECUTABLE) !== 0 || /\.so(?:\.\d+)*$/.test(path)),
  *read(content) {
    const elf = parseElf(content);
    if (elf === undefined) return;
    const buildInfo = findGoBuildInfo(elf);
    if (buildInfo !== undefined) yield* readGoModules(buildInfo);
    const auditable = findSection(elf, ".dep-v0");
    if (auditable !== undefined) yield* readAuditable(auditable);
  },
});

/** zlib over JSON, with what was compiled in and what only built it; the latter is not in the program. */
function* readAuditable(section: Buffer): Iterable<RawPackage> {
  const json = inflateSync(section, { maxOutputLength: AUDITABLE_BYTES });
  for (const entry of listOf(parseJson(json).packages)) {
    const found = objectOf(entry);
    if (found.kind === "build" || found.root === true) continue;
    yield { type: "cargo", name: textOf(found.name), version: textOf(found.version) };
  }
}
