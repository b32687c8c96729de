import { type Elf, findSection, readMemory } from "./elf.ts";
import type { RawPackage } from "./language-analyser.ts";

const MAGIC = Buffer.from("\xff Go buildinf:", "latin1");
const ALIGNMENT = 16;
const HEADER_SIZE = 32;
const INLINE = 2;
const BIG_ENDIAN = 1;
/** Sixteen bytes stand before and after the list of modules. */
const SENTINEL = 16;
const LONGEST_TEXT = 16 * 1024 * 1024;
const RELEASE = /^go(\d+(?:\.\d+){1,2})(?:(beta|rc)(\d+))?/;

/** What the Go linker leaves in a program: the toolchain's version and the modules it was built of. */
export interface GoBuildInfo {
  readonly goVersion: string;
  readonly modules: string;
}

/** Undefined for programs that were not built by Go 1.13 or later. */
export function findGoBuildInfo(elf: Elf): GoBuildInfo | undefined {
  const start = findHeader(elf);
  if (start === undefined) return undefined;
  const flags = start[15] ?? 0;
  if ((flags & INLINE) !== 0) return readInline(start);
  return readPointers(elf, { start, pointerSize: start[14] ?? 0, flags });
}

/** In its own section; where the sections were stripped, in the first writable segment (`debug/buildinfo` of Go). */
function findHeader(elf: Elf): Buffer | undefined {
  const writable = elf.segments.find(({ isWritable }) => isWritable);
  const place =
    findSection(elf, ".go.buildinfo") ??
    (writable && elf.content.subarray(writable.offset, writable.offset + writable.size));
  if (place === undefined) return undefined;
  for (let at = place.indexOf(MAGIC); at !== -1; at = place.indexOf(MAGIC, at + 1)) {
    if (at % ALIGNMENT === 0 && place.length >= at + HEADER_SIZE) return place.subarray(at);
  }
  return undefined;
}

/** Since Go 1.18: two texts follow the header, each after its length as a varint. */
function readInline(header: Buffer): GoBuildInfo {
  const version = readCounted(header, HEADER_SIZE);
  const modules = readCounted(header, version.end);
  return { goVersion: version.text.toString("utf8"), modules: unwrap(modules.text) };
}

function readCounted(bytes: Buffer, at: number): { text: Buffer; end: number } {
  let size = 0;
  let shift = 1;
  for (let next = at; next < at + 5; next += 1) {
    const byte = bytes.readUInt8(next);
    size += (byte & 0x7f) * shift;
    shift *= 128;
    if (byte < 0x80) {
      const end = next + 1 + size;
      if (size > LONGEST_TEXT || end > bytes.length) break;
      return { text: bytes.subarray(next + 1, end), end };
    }
  }
  throw new Error("its build information from Go is cut off");
}

/** Until Go 1.17: the header points to two texts in memory. */
function readPointers(
  elf: Elf,
  { start, pointerSize, flags }: { start: Buffer; pointerSize: number; flags: number },
): GoBuildInfo {
  if (pointerSize !== 4 && pointerSize !== 8) {
    throw new Error(`its build information from Go has pointers of ${pointerSize} bytes`);
  }
  const isBig = (flags & BIG_ENDIAN) !== 0;
  const pointer = (bytes: Buffer, at: number) => {
    if (pointerSize === 4) return isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    return Number(isBig ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at));
  };
  const text = (at: number): Buffer => {
    const string = readMemory(elf, pointer(start, at), 2 * pointerSize);
    const size = string === undefined ? 0 : pointer(string, pointerSize);
    if (string === undefined || size > LONGEST_TEXT) return Buffer.alloc(0);
    return readMemory(elf, pointer(string, 0), size) ?? Buffer.alloc(0);
  };
  return {
    goVersion: text(ALIGNMENT).toString("utf8"),
    modules: unwrap(text(ALIGNMENT + pointerSize)),
  };
}

function unwrap(modules: Buffer): string {
  const isWrapped =
    modules.length > 2 * SENTINEL && modules[modules.length - SENTINEL - 1] === 0x0a;
  return isWrapped ? modules.toString("utf8", SENTINEL, modules.length - SENTINEL) : "";
}

/**
 * The main module, what it was built of, and the standard library. A module that was replaced is the one that replaced it, unless
 * that is a folder, which has no version.
 */
export function* readGoModules({ goVersion, modules }: GoBuildInfo): Iterable<RawPackage> {
  const standardLibrary = releaseOf(goVersion);
  if (standardLibrary !== undefined) {
    yield { type: "golang", name: "stdlib", version: standardLibrary };
  }
  yield* readModules(modules.split("\n"));
}

function* readModules(lines: readonly string[]): Iterable<RawPackage> {
  let pending: RawPackage[] = [];
  for (const line of lines) {
    const [kind, name, version] = line.split("\t");
    if (kind === "=>") {
      if (!isFolder(name)) pending = [{ type: "golang", name, version }];
    } else if (kind === "mod" || kind === "dep") {
      yield* pending;
      pending = [{ type: "golang", name, version: version === "" ? "(devel)" : version }];
    }
  }
  yield* pending;
}

function isFolder(path = ""): boolean {
  return /^(?:\.{0,2}\/|[A-Za-z]:)/.test(path);
}

/**
 * "go1.22.1 X:boringcrypto" and "go1.22.1-fips" are Go 1.22.1 as its advisories count; a pre-release becomes one of semver, which is
 * how they write it. Undefined for a toolchain between releases ("devel go1.23-ab12cd").
 */
function releaseOf(goVersion: string): string | undefined {
  const [, release, kind, number] = RELEASE.exec(goVersion) ?? [];
  if (release === undefined || kind === undefined) return release;
  const full = release.split(".").length === 2 ? `${release}.0` : release;
  return `${full}-${kind}.${number}`;
}
