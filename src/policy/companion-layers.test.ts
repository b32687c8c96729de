import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { writeTar } from "../../test/harness/tar.ts";
import { isArchive } from "./companion-layers.ts";

const headOf = (bytes: Buffer) => bytes.subarray(0, 512);

test("archives are told from documents by how they begin, whatever they look like", () => {
  const tar = writeTar([{ name: "bin/sh", content: Buffer.from("x") }]);
  // Its first bytes are those of a document, and its name has any length.
  const guise = writeTar([{ name: `{"a":"${"x".repeat(80)}`, content: Buffer.from("}") }]);
  for (const archive of [tar, guise, gzipSync(tar), zstdCompressSync(tar)])
    expect(isArchive(headOf(archive))).toBe(true);
  // As other programs write the sum: without its zero byte, and of signed bytes.
  const signed = Buffer.from(tar);
  signed[0] = 0xe9;
  const sum = (isSigned: boolean) =>
    signed.subarray(0, 512).reduce((total, byte, at) => {
      const value = isSigned && byte > 127 ? byte - 256 : byte;
      return total + (at >= 148 && at < 156 ? 32 : value);
    }, 0);
  for (const isSigned of [false, true]) {
    signed.write(` ${sum(isSigned).toString(8).padStart(6, "0")} `, 148, "latin1");
    expect(isArchive(headOf(signed))).toBe(true);
  }
  const documents = [
    Buffer.from(JSON.stringify({ critical: "x".repeat(600), numbers: Array(200).fill(7) })),
    Buffer.from("{}"),
    Buffer.from(`<bom>${"0".repeat(600)}</bom>`),
    Buffer.from([0xd2, 0x84, 0x43, ...Array(600).fill(0)]),
    Buffer.alloc(0),
    Buffer.alloc(1024),
  ];
  for (const document of documents) expect(isArchive(headOf(document))).toBe(false);
});
