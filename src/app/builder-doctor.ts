import { tmpdir } from "node:os";
import { getuid } from "node:process";
import { openBuilder } from "../builds/index.ts";
import type { Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { printable } from "../lib/printable.ts";

/** What `berth builder doctor` does. */
export async function examineBuilder({ options, terminal }: Invocation): Promise<ExitReason> {
  const builder = openBuilder("buildah-trusted", {
    ...{ data: tmpdir(), plainRegistry: undefined, address: undefined, tls: undefined },
  });
  const { checks, isFine: works } = await builder.probe();
  const level = works ? "trusted" : "none";
  if (options.json === true) {
    terminal.printJson({ level, checks });
    return works ? "ok" : "failed";
  }
  for (const { name, isFine, detail } of checks)
    terminal.print(printable(`${isFine ? "ok     " : "missing"} ${name}: ${detail}`));
  if (!works) {
    terminal.print("Nothing can be built here. Try: apt-get install buildah git uidmap");
    return "failed";
  }
  terminal.print(
    "Level: trusted (builds.builder: buildah-trusted). Builds see no processes of this machine, and",
  );
  terminal.print(
    "end with the hub. They share its network and kernel, and no limit of memory or disk holds for them:",
  );
  terminal.print(
    "whoever may push a Dockerfile has to be trusted with what this user may do here.",
  );
  if (getuid?.() === 0)
    terminal.print(
      "To raise it, run the hub as a user of its own: it runs as root, and so do builds.",
    );
  return "ok";
}
