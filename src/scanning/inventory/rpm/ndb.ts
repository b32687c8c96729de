const PAGE = 4096;
const SLOT = 16;
/** Two slots' room at the start of the first page is the header. */
const FIRST_SLOT = 32;
const BLOCK = 16;
const MAGIC = { header: "RpmP", slot: "Slot", blob: "BlbS" };

export function isNdb(content: Buffer): boolean {
  return content.toString("latin1", 0, 4) === MAGIC.header;
}

/** The packages of rpm's own database format (rpm's lib/backend/ndb/rpmpkg.c), which SUSE uses. */
export function* readNdb(content: Buffer): Generator<Buffer, void, undefined> {
  const end = Math.min(content.readUInt32LE(12) * PAGE, content.length);
  for (let at = FIRST_SLOT; at + SLOT <= end; at += SLOT) {
    if (content.toString("latin1", at, at + 4) !== MAGIC.slot) {
      throw new Error("a slot of the database is none");
    }
    const index = content.readUInt32LE(at + 4);
    if (index === 0) continue;
    const start = content.readUInt32LE(at + 8) * BLOCK;
    const isBlob = content.toString("latin1", start, start + 4) === MAGIC.blob;
    if (!isBlob || content.readUInt32LE(start + 4) !== index) {
      throw new Error("a slot of the database points to no package");
    }
    const length = content.readUInt32LE(start + 12);
    if (start + BLOCK + length > content.length) throw new Error("a package is cut short");
    yield content.subarray(start + BLOCK, start + BLOCK + length);
  }
}
