import { arch } from "node:process";

/** Machine code that ends with 0, and what the ELF header calls its machine. */
const PROGRAMS: Readonly<Record<string, { readonly machine: number; readonly code: string }>> = {
  x64: { machine: 62, code: "31ffb83c0000000f05" },
  arm64: { machine: 183, code: "000080d2a80b80d2010000d4" },
};
const BASE = 0x400000n;
const HEADERS = 120;

/** A program without libraries that does nothing, for a trial of RUN where there is no image; undefined on other machines. */
export function makeTinyProgram(): Buffer | undefined {
  const program = PROGRAMS[arch];
  if (program === undefined) return undefined;
  const code = Buffer.from(program.code, "hex");
  const bytes = Buffer.alloc(HEADERS + code.length);
  bytes.write("7f454c46020101", "hex");
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(program.machine, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BASE + BigInt(HEADERS), 24);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(1, 64);
  bytes.writeUInt32LE(5, 68);
  bytes.writeBigUInt64LE(BASE, 80);
  bytes.writeBigUInt64LE(BASE, 88);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 96);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 104);
  bytes.writeBigUInt64LE(0x1000n, 112);
  code.copy(bytes, HEADERS);
  return bytes;
}
