import { z } from "zod";
import { byteSize, count, duration, flag, networkList, path, textList } from "./values.ts";

const BUILDERS = ["off", "buildah", "buildah-trusted", "docker", "buildkit", "agents"] as const;
const SEVERITIES = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
const MIB = 1024 * 1024;

export const buildSettings = z
  .strictObject({
    builder: z
      .enum(BUILDERS, { error: `must be one of ${BUILDERS.join(", ")}` })
      .default("off")
      .describe(
        "Whether the hub builds images from Git, and by what: buildah keeps builds apart from the machine and from each other, as far as `berth builder doctor` says; buildah-trusted and docker are for Dockerfiles of people whom you trust with this machine, buildkit for those whom you trust with the machine of a buildkitd, and with agents other machines build; see docs/builds.md.",
      ),
    address: z
      .string()
      .regex(/^(?:unix:\/\/\/.+|tcp:\/\/.+:\d{1,5})$/, "must be unix:///PATH or tcp://HOST:PORT")
      .optional()
      .describe(
        "Where the Docker Engine or the buildkitd listens; a socket at its usual place, unless said.",
      ),
    tls: z
      .strictObject({
        ca: path.describe(
          "The certificate of whoever signed that of the Docker Engine or the buildkitd.",
        ),
        cert: path.describe("The certificate that this hub shows it."),
        key: path.describe("The key of that certificate."),
      })
      .optional(),
    agentLease: duration
      .refine((ms) => ms >= 1000, { error: "must be 1s or more" })
      .default(30_000)
      .describe("A build whose agent is silent for that long is given to another."),
    timeout: duration.default(3_600_000).describe("A build that takes longer is ended."),
    idleTimeout: duration
      .default(600_000)
      .describe("A build that prints nothing for that long is ended."),
    parallel: count
      .refine((builds) => builds >= 1, { error: "must be 1 or more" })
      .default(2)
      .describe("How many builds run at once."),
    parallelPerNamespace: count
      .refine((builds) => builds >= 1, { error: "must be 1 or more" })
      .default(2)
      .describe("How many of them may be of one namespace; namespaces take turns."),
    baseRebuilds: z
      .boolean()
      .default(true)
      .describe(
        "Whether images are built anew when an image of this hub that they are built on moves.",
      ),
    basePoll: duration
      .default(6 * 3_600_000)
      .describe(
        "How often images of other registries are looked at that images are built on; 0 is never.",
      ),
    baseDelay: duration
      .default(60_000)
      .describe("How long more of a base is waited for before images on it are built anew."),
    baseBytes: byteSize
      .default(20 * 1024 * MIB)
      .describe(
        "What the images may take that the hub has pulled for builds to be based on: what was used longest ago goes first, and nothing that a build uses.",
      ),
    cacheBytes: byteSize
      .default(20 * 1024 * MIB)
      .describe(
        "What the layers of all repositories may take that builds keep for the next ones: what was used longest ago goes first, and nothing that a build uses. Holds for buildah alone.",
      ),
    cacheBytesPerRepository: byteSize
      .default(5 * 1024 * MIB)
      .describe("What those of one repository may take: of more, all of them go after the build."),
    sboms: flag
      .default(true)
      .describe(
        "Whether each image that was built has its bill of materials attached as a referrer, once it is scanned: in the format of `scanning.attachSboms`, or CycloneDX.",
      ),
    officialSeverity: z
      .enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(", ")}` })
      .default("high")
      .describe(
        "Vulnerabilities as bad as that or worse, which newer packages mend, make an official image one that needs a rebuild.",
      ),
    officialMails: flag
      .default(true)
      .describe(
        "Whether the maintainers of official images who have accounts here are written of them, to their confirmed addresses, where mail is configured.",
      ),
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
    network: z
      .strictObject({
        deny: networkList
          .default([])
          .describe(
            "Networks that contained builds never reach, such as 203.0.113.7 or 198.51.100.0/24, beside those that are always refused: private, link-local (where clouds keep their metadata) and shared ones, the addresses of this machine's own network devices, and all of IPv6. Name what this machine cannot know of itself: the public address that a router or a cloud has for it.",
          ),
      })
      .prefault({}),
    registries: textList
      .default([])
      .describe(
        "Registries beside this hub whose public images builds may be based on, such as `docker.io` or `registry.example.com:5000`; with `http://` before those without TLS. buildah-trusted, docker and buildkit take public images of all registries at public addresses as well.",
      ),
    hookImage: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe(
        "An image in which the hooks of repositories are run (`hooks/pre_build` and others), such as `docker.io/library/debian:13`: of this hub, or of one of `builds.registries`. Without one, builds with hooks fail.",
      ),
    pushBytes: byteSize
      .default(512 * MIB)
      .describe("The largest pack that `git push` may send, and that is fetched of a Git server."),
    repositoryBytes: byteSize
      .default(5120 * MIB)
      .describe("What one Git repository that is pushed to may keep; then it takes no more."),
    keepLogs: duration
      .default(90 * 24 * 3_600_000)
      .describe("How long logs of builds that are over are kept."),
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
