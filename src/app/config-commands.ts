import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import { z } from "zod";
import type { Command } from "../cli/command.ts";

const sourceOptions = z.object({
  json: z.boolean().default(false),
  config: z.string().optional(),
  registryConfig: z.string().optional(),
});
const docsOptions = z.object({ json: z.boolean().default(false), output: z.string().optional() });

/** Loaded when it is needed: other commands start faster without it. */
async function settingsCode() {
  const { describeConfig, printConfig } = await import("../platform/config/index.ts");
  const { loadSettings } = await import("./load-settings.ts");
  return { describeConfig, printConfig, loadSettings };
}

type Line = Parameters<Command["describe"]>[0];

function addSourceOptions(line: Line): Line {
  return line
    .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
    .option("--registry-config <file>", "a configuration of registry:2");
}

export const configPrintCommand: Command = {
  name: "config print",
  describe: (line) =>
    addSourceOptions(line.summary("show every setting, its value and where that came from")),
  run: async ({ options, terminal }) => {
    const settings = sourceOptions.parse(options);
    const { loadSettings, printConfig } = await settingsCode();
    const loaded = loadSettings(settings, terminal.environment);
    for (const warning of loaded.warnings) terminal.note(`warning: ${warning}`);
    for (const { name, value, source } of printConfig(loaded)) {
      if (settings.json) terminal.printJson({ name, value, source });
      else terminal.print(`${name}: ${toLine(value)}  # ${source}`);
    }
    return "ok";
  },
};

export const configCheckCommand: Command = {
  name: "config check",
  describe: (line) => addSourceOptions(line.summary("say whether the hub would start with this")),
  run: async ({ options, terminal }) => {
    const settings = sourceOptions.parse(options);
    const { loadSettings } = await settingsCode();
    const { warnings } = loadSettings(settings, terminal.environment);
    if (settings.json) terminal.printJson({ valid: true, warnings });
    else {
      for (const warning of warnings) terminal.print(`warning: ${warning}`);
      terminal.print("the configuration is valid");
    }
    return "ok";
  },
};

export const configDocsCommand: Command = {
  name: "config docs",
  describe: (line) =>
    line
      .summary("write the reference of every setting")
      .option("--output <file>", "the file to write (default: to standard output)"),
  run: async ({ options, terminal }) => {
    const { output, json } = docsOptions.parse(options);
    const { describeConfig } = await settingsCode();
    const text = describeConfig();
    if (output !== undefined) await writeFile(output, text);
    else if (json) terminal.printJson({ text });
    else terminal.print(text.trimEnd());
    return "ok";
  },
};

function toLine(value: unknown): string {
  if (typeof value === "string") return value;
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
}
