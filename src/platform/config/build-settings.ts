import { z } from "zod";
import { byteSize, duration } from "./values.ts";

const MIB = 1024 * 1024;

export const buildSettings = z
  .strictObject({
    builder: z
      .enum(["off", "buildah-trusted"], { error: "must be off or buildah-trusted" })
      .default("off")
      .describe(
        "Whether the hub builds images from Git: buildah-trusted is for Dockerfiles of people whom you trust with this machine; see docs/builds.md.",
      ),
    timeout: duration.default(3_600_000).describe("A build that takes longer is ended."),
    logBytes: byteSize.default(16 * MIB).describe("A build that prints more is ended."),
    pushBytes: byteSize.default(512 * MIB).describe("The largest pack that `git push` may send."),
  })
  .prefault({});
