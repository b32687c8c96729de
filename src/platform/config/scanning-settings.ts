import { z } from "zod";
import { flag } from "./values.ts";

export const scanningSettings = z
  .strictObject({
    enabled: flag
      .default(true)
      .describe("Scan images for known vulnerabilities as they come; see docs/scanning.md."),
    claims: z
      .enum(["show", "trust"])
      .default("show")
      .describe(
        "VEX documents that were pushed beside an image: show what they claim beside findings, or trust whoever may push, and take away what they say is none.",
      ),
  })
  .prefault({});
