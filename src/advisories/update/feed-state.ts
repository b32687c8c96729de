import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeDurableDirectory, syncDirectory } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/file-error.ts";

const feedState = z.object({
  url: z.string(),
  /** When somebody last asked for it. */
  checkedAt: z.string(),
  /** Of what is in force. */
  fetchedAt: z.string().optional(),
  etag: z.string().optional(),
  modified: z.string().optional(),
  sha256: z.string().optional(),
  bytes: z.number().optional(),
  /** Why the last time was in vain. */
  failure: z.string().optional(),
});
const feedStates = z.record(z.string(), feedState);

export type FeedState = z.output<typeof feedState>;

const NAME = "feeds.json";

/** What is known of the feeds that are fetched, by their names. Words that nobody understands are none: everything is fetched anew then. */
export async function readFeedStates(directory: string): Promise<Record<string, FeedState>> {
  try {
    const text = await readFile(join(directory, NAME), "utf8");
    return feedStates.parse(JSON.parse(text));
  } catch (cause) {
    if (isMissing(cause) || cause instanceof SyntaxError || cause instanceof z.ZodError) return {};
    throw cause;
  }
}

export async function writeFeedStates(
  directory: string,
  states: Readonly<Record<string, FeedState>>,
): Promise<void> {
  await makeDurableDirectory(directory);
  const path = join(directory, `${NAME}.new`);
  {
    await using file = await open(path, "w", 0o600);
    await file.writeFile(`${JSON.stringify(states, undefined, 2)}\n`);
    await file.sync();
  }
  await rename(path, join(directory, NAME));
  await syncDirectory(directory);
}

/** Where the index is lost, nothing is in force: all feeds are fetched anew, whatever their publishers say is unchanged. */
export async function forgetFeedStates(directory: string): Promise<void> {
  await makeDurableDirectory(directory);
  await rm(join(directory, NAME), { force: true });
  await syncDirectory(directory);
}
