import { z } from "zod";
import { byteSize, count, duration, networkList } from "./values.ts";

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
    idleTimeout: duration
      .default(600_000)
      .describe("A build that prints nothing for that long is ended."),
    logBytes: byteSize
      .default(16 * MIB)
      .describe(
        "Of what a build prints more, only the beginning and the end are kept; of 16 times as much it is ended.",
      ),
    memory: byteSize
      .default(2048 * MIB)
      .describe("Of one build; holds for contained builds alone."),
    cpus: count
      .refine((cpus) => cpus >= 1, { error: "must be 1 or more" })
      .default(2)
      .describe("How many processors one build may fill; holds for contained builds alone."),
    processes: count
      .refine((processes) => processes >= 256, { error: "must be 256 or more" })
      .default(1024)
      .describe("Of one build, its threads among them; holds for contained builds alone."),
    disk: byteSize
      .default(10_240 * MIB)
      .describe("What one build may add to the disk; holds for contained builds alone."),
    pushBytes: byteSize
      .default(512 * MIB)
      .describe("The largest pack that `git push` may send, and that is fetched of a Git server."),
    git: z
      .strictObject({
        allow: networkList
          .default([])
          .describe(
            "Networks that are not public and hold Git servers to build from, such as 10.0.0.0/8.",
          ),
        caFile: z
          .string()
          .min(1)
          .optional()
          .describe(
            "Authorities (PEM) of Git servers in these networks, in place of the machine's.",
          ),
        timeout: duration
          .default(600_000)
          .describe("Reading a Git server that takes longer is ended."),
      })
      .prefault({}),
  })
  .prefault({});
