import { LayerRefused } from "./layer-refused.ts";

export const BLOCK = 512;

/** One block of a tar archive that begins an entry, as it is written; longer names and sizes may have come before it. */
export interface TarHeader {
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  readonly size: number;
  /** The type flag: "0" a file, "5" a directory, "x" a header for the next entry... */
  readonly type: string;
}

const SPACE = 0x20;
const CHECKSUM = { from: 148, to: 156 };

export function isZeroBlock(block: Buffer): boolean {
  // Six bytes at a time; 512 is not a multiple of six, so the last step overlaps the one before.
  for (let at = 0; at < BLOCK - 6; at += 6) if (block.readUIntBE(at, 6) !== 0) return false;
  return block.readUIntBE(BLOCK - 6, 6) === 0;
}

/** Proves that 512 bytes are a header. `GNU` archives use the place of the prefix for times. */
export function parseTarHeader(block: Buffer): TarHeader {
  assertChecksum(block);
  const isUstar = block.toString("latin1", 257, 263) === "ustar\u0000";
  const prefix = isUstar ? textOf(block, 345, 155) : "";
  const name = textOf(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: numberOf(block, 100, 8) & 0o7777,
    size: numberOf(block, 124, 12),
    type: String.fromCharCode(block[156] ?? 0),
    linkName: textOf(block, 157, 100),
  };
}

/** Text up to the first NUL. */
function textOf(block: Buffer, from: number, length: number): string {
  const end = block.indexOf(0, from);
  return block.toString("utf8", from, end === -1 || end > from + length ? from + length : end);
}

/** Octal digits, or a binary number for what they cannot say (GNU and star). */
export function numberOf(block: Buffer, from: number, length: number): number {
  const first = block[from] ?? 0;
  const value = (first & 0x80) === 0 ? octalOf(block, from, length) : binaryOf(block, from, length);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new LayerRefused("CORRUPT", "a header holds an absurd number");
  }
  return value;
}

function octalOf(block: Buffer, from: number, length: number): number {
  let value = 0;
  for (let at = from; at < from + length; at += 1) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 7) value = value * 8 + digit;
    else if (digit !== SPACE - 0x30 && digit !== -0x30) {
      throw new LayerRefused("CORRUPT", "a header holds a number that is none");
    } else if (value > 0) break;
  }
  return value;
}

function binaryOf(block: Buffer, from: number, length: number): number {
  if (((block[from] ?? 0) & 0x40) !== 0) return -1;
  let value = (block[from] ?? 0) & 0x3f;
  for (let at = from + 1; at < from + length; at += 1) value = value * 256 + (block[at] ?? 0);
  return value;
}

/** Old archivers summed signed bytes; both sums are taken, as every reader does. */
function assertChecksum(block: Buffer): void {
  const expected = octalOf(block, CHECKSUM.from, 8);
  let unsigned = 8 * SPACE;
  let negative = 0;
  for (let at = 0; at < BLOCK; at += 1) {
    if (at === CHECKSUM.from) at = CHECKSUM.to;
    const byte = block[at] ?? 0;
    unsigned += byte;
    if (byte > 127) negative += 256;
  }
  if (expected !== unsigned && expected !== unsigned - negative) {
    throw new LayerRefused("CORRUPT", "the checksum of a header is wrong");
  }
}
