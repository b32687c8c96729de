import { rm } from "node:fs/promises";
import { spawnContained } from "./contained-process.ts";

/** What users in a builder's own namespace own cannot be removed from outside of it. */
export async function clearFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => removeAsBuilder(folder));
}

async function removeAsBuilder(folder: string): Promise<void> {
  const child = spawnContained({
    command: "rm",
    args: ["-rf", "--", folder],
    environment: { PATH: "/usr/bin:/bin" },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject).once("close", resolve);
  child.stdout?.resume();
  child.stderr?.resume();
  const code = await promise;
  if (code !== 0) throw new Error(`could not remove ${folder}`);
}
