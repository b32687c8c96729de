interface ElfSection {
  readonly name: string;
  readonly content: Uint8Array;
}

interface ElfLayout {
  readonly is64: boolean;
  readonly isBigEndian: boolean;
  /** Where the first section is loaded, in the one segment there is. */
  readonly address: number;
  readonly sections: readonly ElfSection[];
  /** Without section headers, as `strip --strip-section-headers` and some packers leave it. */
  readonly isStripped?: boolean;
}

/** A program of nothing but sections, which lie one after the other in one writable segment. */
export function writeElf(layout: ElfLayout): Buffer {
  const body = Buffer.concat(layout.sections.map(({ content }) => content));
  if (layout.isStripped === true) {
    return Buffer.concat([
      writeHead(layout, { bodySize: body.length, sectionsAt: 0, count: 0 }),
      body,
    ]);
  }
  const names = ["", ...layout.sections.map(({ name }) => name), ".shstrtab"];
  const table = Buffer.from(names.map((name) => `${name}\u0000`).join(""), "latin1");
  const sectionsAt = START + body.length + table.length;
  const head = writeHead(layout, { bodySize: body.length, sectionsAt, count: names.length });
  return Buffer.concat([head, body, table, ...writeSections(layout, table)]);
}

/** Of the first section. */
const START = 256;

function writeHead(
  layout: ElfLayout,
  { bodySize, sectionsAt, count }: { bodySize: number; sectionsAt: number; count: number },
): Buffer {
  const write = writerOf(layout);
  const head = Buffer.alloc(START);
  head.write("\u007fELF", 0, "latin1");
  head[4] = layout.is64 ? 2 : 1;
  head[5] = layout.isBigEndian ? 2 : 1;
  const [program, at] = layout.is64 ? [64, [32, 40, 54, 58]] : [52, [28, 32, 42, 46]];
  const [programAt = 0, tableAt = 0, sizeAt = 0, countAt = 0] = at;
  write.long(head, programAt, program);
  write.long(head, tableAt, sectionsAt);
  write.halves(head, sizeAt, [layout.is64 ? 56 : 32, 1]);
  write.halves(head, countAt, [layout.is64 ? 64 : 40, count, Math.max(0, count - 1)]);
  const [flags = 0, offset = 0, address = 0, size = 0] = layout.is64
    ? [4, 8, 16, 32]
    : [24, 4, 8, 16];
  write.word(head, program, 1);
  write.word(head, program + flags, 6);
  write.long(head, program + offset, START);
  write.long(head, program + address, layout.address);
  write.long(head, program + size, bodySize);
  return head;
}

function writeSections(layout: ElfLayout, table: Buffer): Buffer[] {
  const write = writerOf(layout);
  let offset = START;
  let nameAt = 0;
  const all = [
    { name: "", content: new Uint8Array() },
    ...layout.sections,
    { name: ".shstrtab", content: table },
  ];
  return all.map(({ name, content }, index) => {
    const header = Buffer.alloc(layout.is64 ? 64 : 40);
    write.word(header, 0, nameAt);
    write.word(header, 4, index === 0 ? 0 : 1);
    write.long(header, layout.is64 ? 24 : 16, offset);
    write.long(header, layout.is64 ? 32 : 20, content.length);
    nameAt += name.length + 1;
    offset += content.length;
    return header;
  });
}

interface Writer {
  word(target: Buffer, at: number, value: number): void;
  long(target: Buffer, at: number, value: number): void;
  halves(target: Buffer, at: number, values: readonly number[]): void;
}

function writerOf({ is64, isBigEndian }: ElfLayout): Writer {
  const word: Writer["word"] = (target, at, value) =>
    isBigEndian ? target.writeUInt32BE(value, at) : target.writeUInt32LE(value, at);
  return {
    word,
    long: (target, at, value) => {
      if (!is64) word(target, at, value);
      else if (isBigEndian) target.writeBigUInt64BE(BigInt(value), at);
      else target.writeBigUInt64LE(BigInt(value), at);
    },
    halves: (target, at, values) => {
      for (const [index, value] of values.entries()) {
        if (isBigEndian) target.writeUInt16BE(value, at + 2 * index);
        else target.writeUInt16LE(value, at + 2 * index);
      }
    },
  };
}
