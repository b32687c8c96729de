import { open } from "node:fs/promises";
import { BuildFailed } from "../build-failed.ts";
import { resolveWithin } from "../source-path.ts";

export const LONGEST_DOCKERFILE = 1024 * 1024;

/** The Dockerfile of a source, none of which is read where it is too large. Throws BuildFailed. */
export async function readDockerfile(source: string, dockerfile: string): Promise<string> {
  await using file = await open(await resolveWithin(source, dockerfile));
  const { size } = await file.stat();
  if (size > LONGEST_DOCKERFILE)
    throw new BuildFailed(`a Dockerfile has ${LONGEST_DOCKERFILE} bytes at most`);
  return await file.readFile("utf8");
}
