import type { Command } from "../cli/command.ts";

type Line = Parameters<Command["describe"]>[0];

function withPlace(line: Line): Line {
  return line
    .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
    .option("--registry-config <file>", "a configuration of registry:2")
    .option("--data <directory>", "the data directory (default: as configured, ./data)");
}

const importCommand: Command = {
  name: "advisories import",
  describe: (line) =>
    withPlace(
      line
        .summary("bring feeds of advisories into the data directory")
        .description(
          "Reads a feed, a directory of feeds, or a directory whose MANIFEST.json names them with their SHA-256, and brings them into the\n" +
            "index that scans ask. Needs no network and no hub; a hub that runs takes the new index by itself. A feed that is cut off,\n" +
            "changed or absurd changes nothing.",
        )
        .argument("<path>", "a feed, or a directory; brotli (.br), gzip and zstd are unpacked")
        .option("--format <format>", "what a feed is whose content does not say so")
        .option("--force", "also take feeds that are older or have far less than those of before"),
    ),
  run: async (invocation) => {
    const { bringIn } = await import("./advisories.ts");
    return await bringIn(invocation);
  },
};

const fromChangelogsCommand: Command = {
  name: "advisories from-changelogs",
  describe: (line) =>
    withPlace(
      line
        .summary("learn from Debian packages which of their versions fixed what")
        .description(
          "Reads the changelogs inside .deb files, such as those of a mirror, and brings into the index in which version of each source a\n" +
            "CVE was fixed: the oldest entry that names it. Needs nothing but the packages, and no hub. Vulnerabilities that are not fixed\n" +
            "are not known afterwards. Give all packages of a release at once: what was learned of it before is replaced.",
        )
        .argument("<path...>", "directories with .deb files anywhere in them, or .deb files")
        .requiredOption("--release <name>", "the release that they are of, such as bookworm")
        .option("--force", "also take less than nine tenths of what was learned before"),
    ),
  run: async (invocation) => {
    const { learnFromChangelogs } = await import("./changelogs.ts");
    return await learnFromChangelogs(invocation);
  },
};

const updateCommand: Command = {
  name: "advisories update",
  describe: (line) =>
    withPlace(
      line
        .summary("fetch the feeds of advisories that are configured")
        .description(
          "Asks for each feed of advisories.feeds whether there is something newer, and brings that in; a hub does the same by itself.\n" +
            "What is cut off, changed, absurd or older changes nothing. Ends with 1 if a feed could not be taken.",
        ),
    ),
  run: async (invocation) => {
    const { update } = await import("./update-advisories.ts");
    return await update(invocation);
  },
};

const statusCommand: Command = {
  name: "advisories status",
  describe: (line) =>
    withPlace(
      line
        .summary("show which advisories there are, and how old they are")
        .description(
          'Shows every feed with its age, and what each ecosystem has. Where feeds list only what was fixed, "no advisory" does not mean\n' +
            '"not affected". Ends with 1 where there is no index, or it is damaged.',
        ),
    ),
  run: async (invocation) => {
    const { showStatus } = await import("./advisories.ts");
    return await showStatus(invocation);
  },
};

export const ADVISORY_COMMANDS: readonly Command[] = [
  importCommand,
  fromChangelogsCommand,
  updateCommand,
  statusCommand,
];
