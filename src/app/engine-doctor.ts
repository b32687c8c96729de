import { tmpdir } from "node:os";
import { z } from "zod";
import { openBuilder } from "../builds/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { printable } from "../lib/printable.ts";
import { findDeniedNetworks } from "./denied-networks.ts";

const engineOptions = z.object({
  builder: z.enum(["docker", "buildkit"], { error: "--builder must be docker or buildkit" }),
  address: z
    .url({ protocol: /^(?:unix|tcp)$/, error: "--address must be unix:///PATH or tcp://HOST:PORT" })
    .optional(),
  json: z.boolean().default(false),
});

const WARNINGS = {
  docker: "whoever may edit a Dockerfile is root on the machine of this engine, or nearly so",
  buildkit: "how well builds are kept apart is for the buildkitd; a hub cannot see it",
};

/** What `berth builder doctor --builder docker` does: it builds an image of one file there. */
export async function examineEngine({ options, terminal }: Invocation): Promise<ExitReason> {
  const parsed = engineOptions.safeParse(options);
  if (!parsed.success)
    throw new CommandError("usage", parsed.error.issues.map(({ message }) => message).join("; "));
  const { builder: name, address, json } = parsed.data;
  const place = { data: tmpdir(), address, tls: undefined };
  const { checks: denials } = findDeniedNetworks(options, terminal.environment);
  const { isFine, checks: found, why, level } = await openBuilder(name, place).probe();
  const checks = [...found, ...denials];
  const reason = isFine && denials.length === 0 ? "ok" : "failed";
  if (json) {
    terminal.printJson({ level: isFine ? level : "none", checks });
    return reason;
  }
  for (const check of checks)
    terminal.print(
      printable(`${check.isFine ? "ok     " : "missing"} ${check.name}: ${check.detail}`),
    );
  terminal.print(
    isFine
      ? `Level: ${level} (builds.builder: ${name}): ${WARNINGS[name]}.`
      : printable(`Nothing can be built there: ${why ?? ""}`),
  );
  return reason;
}
