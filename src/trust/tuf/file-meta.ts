import { createHash } from "node:crypto";
import type { FileMeta } from "./metadata.ts";

export function toFileMeta(bytes: Buffer): FileMeta {
  return {
    length: bytes.length,
    hashes: { sha256: hash(bytes, "sha256"), sha512: hash(bytes, "sha512") },
  };
}

/** At least one hash that is known here has to be there, and all of those have to fit. */
export function fitsMeta(bytes: Buffer, meta: FileMeta | undefined): boolean {
  if (meta === undefined || meta.length !== bytes.length) return false;
  const known = (["sha256", "sha512"] as const).filter((name) => Object.hasOwn(meta.hashes, name));
  return known.length > 0 && known.every((name) => sameHash(meta.hashes[name], hash(bytes, name)));
}

export function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hash(bytes: Buffer, algorithm: "sha256" | "sha512"): string {
  return createHash(algorithm).update(bytes).digest("base64");
}

function sameHash(one: string | undefined, other: string): boolean {
  return one !== undefined && Buffer.from(one, "base64").equals(Buffer.from(other, "base64"));
}
