import { LayerRefused } from "./layer-refused.ts";
import type { PaxRecords } from "./pax-records.ts";
import { BLOCK, numberOf } from "./tar-header.ts";

/** A file of which an archive leaves out the zeros. */
export interface SparseFile {
  /** With its holes. */
  readonly size: number;
  /** Where the bytes that are there belong; absent where the content begins with this list (pax, format 1.0). */
  readonly pieces: readonly SparsePiece[] | undefined;
}

interface SparsePiece {
  readonly offset: number;
  readonly length: number;
}

/** More pieces than any disk image in a container has. */
const PIECES_LIMIT = 100_000;

/** The list in an old GNU header (type "S"), and in the blocks that follow it. */
export function parseGnuSparse(blocks: readonly Buffer[]): SparseFile {
  const [header = Buffer.alloc(BLOCK), ...extensions] = blocks;
  const pieces = [
    ...piecesOf(header, 386, 4),
    ...extensions.flatMap((block) => piecesOf(block, 0, 21)),
  ];
  return { size: numberOf(header, 483, 12), pieces };
}

/** Whether another block of pieces follows this one. */
export function hasGnuExtension(block: Buffer, isHeader: boolean): boolean {
  return block[isHeader ? 482 : 504] === 1;
}

export function parsePaxSparse(records: PaxRecords): SparseFile | undefined {
  const size = records.get("GNU.sparse.realsize") ?? records.get("GNU.sparse.size");
  const map = records.get("GNU.sparse.map");
  if (size === undefined) return undefined;
  if (map !== undefined) return { size: wholeNumber(size), pieces: toPieces(map.split(",")) };
  return records.get("GNU.sparse.major") === "1"
    ? { size: wholeNumber(size), pieces: undefined }
    : undefined;
}

/** Puts the zeros back. The caller has made sure that `size` is little. */
export function expandSparse(file: SparseFile, content: Buffer): Buffer {
  const { pieces, stored } =
    file.pieces === undefined ? leadingPieces(content) : { pieces: file.pieces, stored: content };
  const whole = Buffer.alloc(file.size);
  let from = 0;
  for (const { offset, length } of pieces) {
    if (offset + length > file.size || from + length > stored.length) {
      throw new LayerRefused("CORRUPT", "a sparse file has pieces beyond its end");
    }
    stored.copy(whole, offset, from, from + length);
    from += length;
  }
  return whole;
}

/** Format 1.0: lines of numbers, how many pieces and then each, filled up to a whole block. */
function leadingPieces(content: Buffer): { pieces: SparsePiece[]; stored: Buffer } {
  const numbers: string[] = [];
  let at = 0;
  let wanted = 1;
  while (numbers.length < wanted) {
    const end = content.indexOf(0x0a, at);
    if (end === -1) throw new LayerRefused("CORRUPT", "a sparse file says no pieces");
    numbers.push(content.toString("latin1", at, Math.min(end, at + 20)));
    if (numbers.length === 1) wanted = 1 + 2 * Math.min(wholeNumber(numbers[0]), PIECES_LIMIT + 1);
    at = end + 1;
  }
  return {
    pieces: toPieces(numbers.slice(1)),
    stored: content.subarray(Math.ceil(at / BLOCK) * BLOCK),
  };
}

function piecesOf(block: Buffer, from: number, count: number): SparsePiece[] {
  return Array.from({ length: count }, (_, index) => ({
    offset: numberOf(block, from + index * 24, 12),
    length: numberOf(block, from + index * 24 + 12, 12),
  })).filter(({ length }) => length > 0);
}

function toPieces(numbers: readonly string[]): SparsePiece[] {
  if (numbers.length > 2 * PIECES_LIMIT || numbers.length % 2 !== 0) {
    throw new LayerRefused("CORRUPT", "a sparse file has an absurd list of pieces");
  }
  const pieces: SparsePiece[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    pieces.push({ offset: wholeNumber(numbers[at]), length: wholeNumber(numbers[at + 1]) });
  }
  return pieces;
}

function wholeNumber(text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !/^\d{1,15}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new LayerRefused("CORRUPT", "a sparse file holds a number that is none");
  }
  return value;
}
