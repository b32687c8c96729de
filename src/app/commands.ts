import { collectCommand } from "../cli/collect-command.ts";
import type { Command } from "../cli/command.ts";
import { loginCommand } from "../cli/login-command.ts";
import { logoutCommand } from "../cli/logout-command.ts";
import { scrubCommand } from "../cli/scrub-command.ts";
import { adoptCommand } from "./adopt-command.ts";
import { configCheckCommand, configDocsCommand, configPrintCommand } from "./config-commands.ts";
import { fsckCommand } from "./fsck-command.ts";
import { serveCommand } from "./serve-command.ts";
import { versionCommand } from "./version-command.ts";

/** Everything `berth` can do, in the order in which --help lists it. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  adoptCommand,
  fsckCommand,
  loginCommand,
  logoutCommand,
  collectCommand,
  scrubCommand,
  configPrintCommand,
  configCheckCommand,
  configDocsCommand,
  versionCommand,
];

/** What the first words that several commands share stand for. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  config: "look at the configuration",
};
