import { buffer } from "node:stream/consumers";
import type { Manifest } from "../oci/manifest.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import { isArtifact } from "./companions.ts";

/** A header of tar, which is as much as anything has to be read to know it. */
const HEAD = 512;
/** Whatever says that it is a document and has more layers than this is none. */
const MOST_LAYERS = 100;
const CHECKSUM = { from: 148, to: 156 };
const SPACE = 0x20;

/** What containers/image knows compressed archives by. */
const COMPRESSED: readonly Buffer[] = [
  [0x1f, 0x8b, 0x08],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
].map((bytes) => Buffer.from(bytes));

/**
 * Whether something that says of all its layers that they are documents has files in them. Podman unpacks what the
 * configuration of an image stands beside, whatever the layers are called, and tells archives by their first bytes. What is not
 * here counts as files, since a layer may be fetched from elsewhere by its `urls`.
 */
export async function holdsFiles(
  blobs: Pick<BlobStore, "read">,
  manifest: Manifest,
): Promise<boolean> {
  if (manifest.kind === "index" || isArtifact(manifest)) return false;
  const digests = new Set(manifest.layers.map(({ digest }) => digest));
  if (digests.size > MOST_LAYERS) return true;
  for (const digest of digests) {
    const stream = await blobs.read(digest, { start: 0, end: HEAD - 1 });
    if (stream === undefined || isArchive(await buffer(stream))) return true;
  }
  return false;
}

/** By the first 512 bytes: compressed in some way, or the header of a tar. */
export function isArchive(head: Buffer): boolean {
  if (COMPRESSED.some((magic) => head.subarray(0, magic.length).equals(magic))) return true;
  return head.length >= HEAD && hasChecksum(head.subarray(0, HEAD));
}

/** As Go reads it: the sum of all bytes, signed or not, with spaces in its own place. No text has its own sum by chance. */
function hasChecksum(block: Buffer): boolean {
  const field = block.toString("latin1", CHECKSUM.from, CHECKSUM.to);
  const [digits = ""] = field.replace(/^[ \0]+|[ \0]+$/g, "").split("\0", 1);
  if (!/^[0-7]+$/.test(digits)) return false;
  const others = block.map((byte, at) => (at >= CHECKSUM.from && at < CHECKSUM.to ? SPACE : byte));
  const unsigned = others.reduce((sum, byte) => sum + byte, 0);
  const signed = others.reduce((sum, byte) => sum + (byte > 127 ? byte - 256 : byte), 0);
  return [unsigned, signed].includes(Number.parseInt(digits, 8));
}
