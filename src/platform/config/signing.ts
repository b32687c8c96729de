import { z } from "zod";

/** By what signatures are judged that no key of the hub made. */
export const signing = z
  .strictObject({
    trustedRoot: z
      .string()
      .min(1)
      .default("public")
      .describe(
        "Who vouches for keyless signers: `public` (the public sigstore), `none`, or the path of a trusted_root.json; see docs/signing.md.",
      ),
  })
  .prefault({});
