import { z } from "zod";

export const trustSettings = z
  .strictObject({
    keyAlgorithm: z
      .enum(["ed25519", "ecdsa"], { error: "must be ed25519 or ecdsa" })
      .default("ed25519")
      .describe(
        "The kind of snapshot and timestamp keys that the hub makes for Docker Content Trust; see docs/content-trust.md.",
      ),
  })
  .prefault({});
