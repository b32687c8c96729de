import { z } from "zod";
import { duration, flag } from "./values.ts";

const DAY_MS = 24 * 3_600_000;

export const scanningSettings = z
  .strictObject({
    enabled: flag
      .default(true)
      .describe("Scan images for known vulnerabilities as they come; see docs/scanning.md."),
    rescanAfter: duration
      .default(7 * DAY_MS)
      .describe(
        "After which time an image is scanned again by itself, such as 7d; 0 is never. New advisories are matched at once, whatever this says.",
      ),
    attachSboms: z
      .enum(["off", "cyclonedx", "spdx", "spdx3"])
      .default("off")
      .describe(
        "Attach a bill of materials in this format to each image that comes, once it is scanned, as a referrer; off: only when somebody asks for it.",
      ),
    claims: z
      .enum(["show", "trust"])
      .default("show")
      .describe(
        "VEX documents that were pushed beside an image: show what they claim beside findings, or trust whoever may push, and take away what they say is none.",
      ),
  })
  .prefault({});
