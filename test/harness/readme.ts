import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "./clone.ts";

/** The lines that README.md tells people to type, by the heading they stand under. */
export async function readReadmeCommands(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(join(PROJECT, "README.md"), "utf8");
  const sections = text.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const heading = section.split("\n")[0] ?? "";
      return [
        heading,
        [...section.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1] ?? ""),
      ];
    }),
  );
}
