import { createHash } from "node:crypto";
import { LayerRefused } from "./layer-refused.ts";

/** Sees the bytes of a layer's plain archive, and says at the end whether they are the layer's. */
export interface ContentProof {
  update(bytes: Buffer): void;
  /** Throws LayerRefused. */
  assert(): void;
}

/** By their digest, wherever what is found in a layer is kept under its diff id or comes from somebody else. */
export function proveDiffId(diffId: string): ContentProof {
  const [algorithm = ""] = diffId.split(":");
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    assert: () => {
      if (`${algorithm}:${hash.digest("hex")}` === diffId) return;
      // What it really is stays untold: whoever knows it could ask for what is known of it.
      throw new LayerRefused("DIFFERENT_CONTENT", diffId);
    },
  };
}

/**
 * Of a file on somebody's own disk, of which nothing is kept: it says what is in the file, whatever its configuration calls
 * the layers. Digests would take half of the time; engines compare them before they run such an image.
 */
export function takeAtItsWord(): ContentProof {
  return { update: () => undefined, assert: () => undefined };
}
