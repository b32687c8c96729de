import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Command } from "../cli/command.ts";

const PACKAGE_FILE = new URL("../../package.json", import.meta.url);

const versionOptions = z.object({ json: z.boolean().default(false) });

/** The version of this program; package.json lies two levels above in a clone, in a build and in the image. */
export async function readVersion(): Promise<string> {
  return z.object({ version: z.string() }).parse(JSON.parse(await readFile(PACKAGE_FILE, "utf8")))
    .version;
}

export const versionCommand: Command = {
  name: "version",
  describe: (line) => line.summary("say which version this is"),
  run: async ({ options, terminal }) => {
    const { json } = versionOptions.parse(options);
    const version = await readVersion();
    if (json) terminal.printJson({ version, node: process.version, platform: platformName() });
    else terminal.print(`berth ${version} (Node ${process.version}, ${platformName()})`);
    return "ok";
  },
};

function platformName(): string {
  return `${process.platform}/${process.arch}`;
}
