import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "./clone.ts";

/** The blocks of examples below a heading (of any depth) of a document, each as its lines, without comments at their ends. */
export async function readExamples(
  document: string,
  heading: string,
): Promise<readonly (readonly string[])[]> {
  const text = await readFile(join(PROJECT, document), "utf8");
  const sections = text.split(/^#{2,} /m).slice(1);
  const section = sections.find((one) => one.split("\n", 1)[0] === heading);
  if (section === undefined) throw new Error(`${document} has no heading "${heading}"`);
  const blocks = [...section.matchAll(/^( *)```(?:sh)?\n(.*?)^ *```/gms)];
  return blocks.map(([, indent = "", block = ""]) =>
    block
      .split("\n")
      .map((line) => line.slice(indent.length).replace(/\s+# .*$/, ""))
      .filter((line) => line !== "" && !line.startsWith("#")),
  );
}

/** Those lines that are commands of `berth`, without that word. */
export function commandsOf(blocks: readonly (readonly string[])[]): readonly string[] {
  return blocks.flat().flatMap((line) => (line.startsWith("berth ") ? [line.slice(6)] : []));
}

/** As a shell splits a line of words and quotes. */
export function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );
}
