export type TarEntry = {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode?: number;
};

const BLOCK = 512;

/** A POSIX ustar archive of regular files, with the same bytes for the same entries. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content, mode = 0o755 }) => [
    header(name, mode, content.length),
    Buffer.from(content),
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, mode: number, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`a tar entry's name is too long: ${name}`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 7)}\u0000`, 148);
  return block;
}

function octal(value: number, width: number): string {
  return value.toString(8).padStart(width - 1, "0");
}
