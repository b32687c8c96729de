/** What begins a program of Linux. */
export const ELF_MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

/** One part of the file, and where it lies in memory. */
interface ElfPart {
  readonly name: string;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly isWritable: boolean;
}

/** The tables of an ELF file, as far as one has to know to find what compilers left in it. */
export interface Elf {
  readonly content: Buffer;
  readonly isBigEndian: boolean;
  /** By the section headers; empty where they were stripped. */
  readonly sections: readonly ElfPart[];
  /** What is loaded (PT_LOAD). */
  readonly segments: readonly ElfPart[];
}

const MOST_PARTS = 65_536;
const LONGEST_NAME = 64;
const PT_LOAD = 1;
const SHT_NOBITS = 8;
const WRITABLE_SEGMENT = 2;

/** Undefined for what is no ELF file. Throws a RangeError where the tables lead outside of the file. */
export function parseElf(content: Buffer): Elf | undefined {
  if (content.length < 64 || !content.subarray(0, 4).equals(ELF_MAGIC)) return undefined;
  const words = readerOf(content, content[4] === 2, content[5] === 2);
  return {
    content,
    isBigEndian: content[5] === 2,
    sections: readSections(words),
    segments: readSegments(words),
  };
}

/** The bytes of a section; undefined where there is none of that name. */
export function findSection(elf: Elf, name: string): Buffer | undefined {
  const section = elf.sections.find((candidate) => candidate.name === name);
  if (section === undefined) return undefined;
  return elf.content.subarray(section.offset, section.offset + section.size);
}

/** What lies at an address once the program is loaded; undefined where nothing of the file does. */
export function readMemory(elf: Elf, address: number, size: number): Buffer | undefined {
  const segment = elf.segments.find(
    (candidate) =>
      address >= candidate.address && address + size <= candidate.address + candidate.size,
  );
  if (segment === undefined) return undefined;
  const start = segment.offset + (address - segment.address);
  const bytes = elf.content.subarray(start, start + size);
  return bytes.length === size ? bytes : undefined;
}

interface Words {
  readonly content: Buffer;
  readonly is64: boolean;
  half(at: number): number;
  word(at: number): number;
  /** An address or offset: 4 or 8 bytes. */
  long(at: number): number;
}

function readerOf(content: Buffer, is64: boolean, isBig: boolean): Words {
  const word = (at: number) => (isBig ? content.readUInt32BE(at) : content.readUInt32LE(at));
  return {
    content,
    is64,
    word,
    half: (at) => (isBig ? content.readUInt16BE(at) : content.readUInt16LE(at)),
    long: (at) => {
      if (!is64) return word(at);
      return Number(isBig ? content.readBigUInt64BE(at) : content.readBigUInt64LE(at));
    },
  };
}

function readSegments(words: Words): ElfPart[] {
  const { is64 } = words;
  const start = words.long(is64 ? 32 : 28);
  const size = words.half(is64 ? 54 : 42);
  const count = words.half(is64 ? 56 : 44);
  return Array.from({ length: count }, (_, index) => start + index * size)
    .filter((at) => words.word(at) === PT_LOAD)
    .map((at) => ({
      name: "",
      offset: words.long(at + (is64 ? 8 : 4)),
      address: words.long(at + (is64 ? 16 : 8)),
      size: words.long(at + (is64 ? 32 : 16)),
      isWritable: (words.word(at + (is64 ? 4 : 24)) & WRITABLE_SEGMENT) !== 0,
    }));
}

function readSections(words: Words): ElfPart[] {
  const { is64, content } = words;
  const start = words.long(is64 ? 40 : 32);
  const size = words.half(is64 ? 58 : 46);
  const count = Math.min(words.half(is64 ? 60 : 48), MOST_PARTS);
  const namesAt = words.half(is64 ? 62 : 50);
  if (start === 0 || namesAt >= count) return [];
  const headers = Array.from({ length: count }, (_, index) => start + index * size);
  const names = words.long((headers[namesAt] ?? 0) + (is64 ? 24 : 16));
  return headers
    .filter((at) => words.word(at + 4) !== SHT_NOBITS)
    .map((at) => ({
      name: readName(content, names + words.word(at)),
      address: words.long(at + (is64 ? 16 : 12)),
      offset: words.long(at + (is64 ? 24 : 16)),
      size: words.long(at + (is64 ? 32 : 20)),
      isWritable: (words.word(at + 8) & 1) !== 0,
    }));
}

function readName(content: Buffer, at: number): string {
  const name = content.subarray(at, at + LONGEST_NAME);
  const end = name.indexOf(0);
  return name.toString("latin1", 0, end === -1 ? name.length : end);
}
