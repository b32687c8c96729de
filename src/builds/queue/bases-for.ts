import type { PreparedBases } from "../builder/bases/prepare-bases.ts";
import type { RunDeps } from "./run-deps.ts";

/** What a build is based on, as its builder wants it. Throws BuildFailed. */
export async function basesFor(
  { builder, prepareBases }: Pick<RunDeps, "builder" | "prepareBases">,
  wish: Omit<Parameters<RunDeps["prepareBases"]>[0], "arePinned">,
): Promise<Partial<PreparedBases> & Pick<PreparedBases, "bases">> {
  const { needsBases, pinsBases = false } = builder;
  if (needsBases !== true && !pinsBases) return { bases: [] };
  return await prepareBases({ ...wish, arePinned: pinsBases });
}
