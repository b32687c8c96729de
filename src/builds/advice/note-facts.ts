import { access, lstat, opendir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../platform/db/index.ts";
import { resolveWithin } from "../builder/source-path.ts";
import type { Build } from "../builds-store.ts";
import type { BuildTables } from "../tables.ts";
import type { ContextFacts } from "./build-facts.ts";
import { placeOf, saveFacts } from "./build-facts-store.ts";

/** Longer files and more files of a context are not learned from. */
const LONGEST_DOCKERFILE = 64 * 1024;
const MOST_FILES = 50_000;
const MOST_LARGEST = 5;

/** Keeps what a build that succeeded took, to advise on its Dockerfile. */
export async function noteFacts(
  database: Pick<Database<BuildTables>, "write">,
  build: Build,
  source: string,
): Promise<void> {
  const root = await resolveWithin(source, build.context);
  const path = await resolveWithin(source, join(build.context, build.dockerfile));
  const dockerfile = await readRegular(path);
  if (dockerfile === undefined) return;
  const context = await measureContext(root, `${build.dockerfile}.dockerignore`);
  const { id, repositoryId } = build;
  const of = { id, repositoryId, place: placeOf(build) };
  await database.write((trx) => saveFacts(trx, of, { dockerfile, context }));
}

/** The text of a file that is one, and as long as people write them. */
async function readRegular(path: string): Promise<string | undefined> {
  const found = await lstat(path);
  if (!found.isFile() || found.size > LONGEST_DOCKERFILE) return undefined;
  return await readFile(path, "utf8");
}

async function measureContext(root: string, ownIgnore: string): Promise<ContextFacts> {
  const sizes = new Map<string, number>();
  const open: { readonly path: string; readonly top: string | undefined }[] = [
    { path: root, top: undefined },
  ];
  let files = 0;
  for (let next = open.pop(); next !== undefined && files < MOST_FILES; next = open.pop()) {
    for await (const entry of await opendir(next.path)) {
      const top = next.top ?? entry.name;
      const path = join(next.path, entry.name);
      files += 1;
      if (entry.isDirectory()) open.push({ path, top });
      else if (entry.isFile()) sizes.set(top, (sizes.get(top) ?? 0) + (await lstat(path)).size);
    }
  }
  const largest = [...sizes].map(([name, bytes]) => ({ name, bytes }));
  const ignores = await Promise.all([
    isThere(join(root, ".dockerignore")),
    isThere(join(root, ownIgnore)),
  ]);
  return {
    bytes: largest.reduce((sum, { bytes }) => sum + bytes, 0),
    hasIgnore: ignores.includes(true),
    largest: largest.toSorted((one, other) => other.bytes - one.bytes).slice(0, MOST_LARGEST),
  };
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
