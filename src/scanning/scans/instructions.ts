import type { ImageConfig } from "../sources/image-source.ts";

const LONGEST = 500;

/** The instruction that made each layer, from the bottom; null where the image does not say. */
export function instructionsOf(config: ImageConfig): readonly (string | null)[] {
  const steps = config.history.filter(({ isEmptyLayer }) => !isEmptyLayer);
  return config.diffIds.map((_, layer) => {
    const createdBy = steps[layer]?.createdBy ?? "";
    return createdBy === "" ? null : toInstruction(createdBy);
  });
}

/** As the Dockerfile had it, as far as builders keep it: "RUN apt-get update". */
export function toInstruction(createdBy: string): string {
  const text = createdBy.slice(0, LONGEST).replace(/\s+/g, " ").trim();
  const shell = text.replace(/^(?:\|\d+ .*? )?\/bin\/sh -c /, "");
  if (shell.startsWith("#(nop) ")) return shell.slice("#(nop) ".length).trim();
  const bare = shell.replace(/ # buildkit$/, "");
  if (shell !== text) return `RUN ${bare}`;
  return bare.replace(/^RUN (?:\|\d+ .*? )?\/bin\/sh -c /, "RUN ");
}
