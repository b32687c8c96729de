import { gzipSync } from "node:zlib";
import { AMD64, content, descriptor, digestOf, type Image, json, OCI_MANIFEST } from "./images.ts";
import { writeTar } from "./tar.ts";

const NOWHERE = `sha256:${"0".repeat(64)}`;
const MIB = 1024 * 1024;
const STATUS = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n";

/** The layer of an image that nothing is wrong with. */
export const HARMLESS = writeTar([
  { name: "var/lib/dpkg/status", content: Buffer.from(STATUS.repeat(200)), mode: 0o644 },
]);

/** A layer as somebody hostile compressed it, with the digest that its image promises for what is in it. */
function imageOf(bytes: Buffer, diffId = NOWHERE, type = "gzip"): Image {
  const layer = content(`application/vnd.oci.image.layer.v1.tar+${type}`, bytes);
  const config = json("application/vnd.oci.image.config.v1+json", {
    ...{ ...AMD64, config: {} },
    rootfs: { type: "layers", diff_ids: [diffId] },
  });
  const manifest = json(OCI_MANIFEST, {
    ...{ schemaVersion: 2, mediaType: OCI_MANIFEST },
    config: descriptor(config),
    layers: [descriptor(layer)],
  });
  return { manifest, config, layers: [layer], platform: AMD64 };
}

/** A header of a file with another type or size than it has. */
function forgedHeader({ type, size }: { type: string; size: number }): Buffer {
  const header = Buffer.from(writeTar([{ name: "x", content: Buffer.alloc(0) }]).subarray(0, 512));
  header.write(`${size.toString(8).padStart(11, "0")}\u0000`, 124);
  header.write(type, 156);
  return withChecksum(header);
}

function withChecksum(header: Buffer): Buffer {
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return header;
}

/** Gigabytes of zeros from a few megabytes: members of gzip may be put one after the other. */
function zeros(): Buffer {
  const member = gzipSync(Buffer.alloc(16 * MIB));
  const head = gzipSync(forgedHeader({ type: "0", size: 2 ** 32 }));
  return Buffer.concat([head, ...Array.from({ length: 64 }, () => member)]);
}

/** A sparse file of four bytes that says that eight gigabytes of it are stored. */
function sparse(): Buffer {
  const header = Buffer.alloc(512);
  forgedHeader({ type: "S", size: 2 ** 33 - 1 }).copy(header);
  header.write("ustar  \u0000", 257);
  header.write("00000000000\u0000", 386);
  header.write("00000000004\u0000", 398);
  header.write("00000000004\u0000", 483);
  return Buffer.concat([withChecksum(header), Buffer.alloc(64 * 1024)]);
}

/** A path of a megabyte. */
function longName(): Buffer {
  return Buffer.concat([
    forgedHeader({ type: "L", size: MIB }),
    Buffer.alloc(MIB, "a/"),
    writeTar([{ name: "x", content: Buffer.from("x") }]),
  ]);
}

/** A frame that asks for terabytes to be decompressed in. */
const WINDOW = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

const CUT = writeTar([
  { name: "opt/text", content: Buffer.from(`${WINDOW.toString("hex")}\n`.repeat(99)) },
]);

/** By name: why a scan of it ends without a result. */
export const HOSTILE: Readonly<Record<string, readonly [image: Image, reason: string]>> = {
  zeros: [imageOf(zeros()), "the layer grows more by decompression than is allowed"],
  window: [
    imageOf(WINDOW, NOWHERE, "zstd"),
    "the layer asks for more memory to be decompressed than is allowed",
  ],
  sparse: [imageOf(gzipSync(sparse())), "the layer is not a whole archive"],
  name: [imageOf(gzipSync(longName())), "the layer holds a path that is longer than is allowed"],
  cut: [imageOf(gzipSync(CUT).subarray(0, 100), digestOf(CUT)), "the layer is not a whole archive"],
  other: [
    imageOf(gzipSync(HARMLESS)),
    "the layer is not the one that the image's configuration names",
  ],
};

/** As many bombs as somebody has patience for: each is looked into, as no two of them are the same layer. */
export function makeBomb(number: number): Image {
  // A member of its own in front, so that the digest is another one.
  const head = gzipSync(
    writeTar([{ name: `x${number}`, content: Buffer.from(`${number}`) }]).subarray(0, 1024),
  );
  return imageOf(Buffer.concat([head, zeros()]));
}
