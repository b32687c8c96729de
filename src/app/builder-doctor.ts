import { tmpdir } from "node:os";
import { type IsolationLevel, openBuilder } from "../builds/index.ts";
import type { Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { printable } from "../lib/printable.ts";
import { findDeniedNetworks } from "./denied-networks.ts";

const PLACE = {
  ...{ data: tmpdir(), address: undefined, tls: undefined },
};

/** What `berth builder doctor` does. */
export async function examineBuilder({ options, terminal }: Invocation): Promise<ExitReason> {
  const { networks, checks: denials } = findDeniedNetworks(options, terminal.environment);
  const contained = await openBuilder("buildah", { ...PLACE, denied: networks }).probe();
  const level = contained.isFine ? contained.level : await findLevelWithoutSandbox();
  const { why, isFine: isSandboxed } = contained;
  const checks = [...contained.checks, ...denials];
  // Elsewhere than in the sandbox nothing denies them.
  const areDenied = networks.length === 0 || (isSandboxed && denials.length === 0);
  const reason = level !== "none" && areDenied ? "ok" : "failed";
  if (options.json === true) {
    terminal.printJson({ level, checks, why: why ?? null });
    return reason;
  }
  for (const { name, isFine, detail } of checks)
    terminal.print(printable(`${isFine ? "ok     " : "missing"} ${name}: ${detail}`));
  for (const line of describeLevel(level, isSandboxed)) terminal.print(line);
  if (why !== undefined) terminal.print(printable(`To raise it: ${why}`));
  return reason;
}

async function findLevelWithoutSandbox(): Promise<"trusted" | "none"> {
  const { isFine } = await openBuilder("buildah-trusted", PLACE).probe();
  return isFine ? "trusted" : "none";
}

function describeLevel(level: IsolationLevel | "none", isSandboxed: boolean): string[] {
  if (level === "none") return ["Nothing can be built here."];
  if (level === "contained")
    return [
      "Level: contained (builds.builder: buildah). Builds see no processes, files and services of this machine, are held to",
      "limits, and end with the hub. They share its kernel: enough among the members of an organization, too little where",
      "anybody may sign up and build.",
    ];
  if (isSandboxed)
    return [
      "Level: trusted (builds.builder: buildah). Builds see no processes, files and services of this machine, and end with",
      "the hub, but no limit of memory or processors holds for them.",
    ];
  return [
    "Level: trusted (builds.builder: buildah-trusted). Builds see no processes of this machine, and end with the hub. They",
    "share its network and kernel, and no limit of memory or disk holds for them: whoever may push a Dockerfile has to be",
    "trusted with what this user may do here.",
  ];
}
