import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { debianEcosystem, importFeeds } from "../advisories/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { type DerivedAdvisories, deriveAdvisories } from "../scanning/index.ts";
import { printReport, whereOptions, withLock } from "./advisories.ts";

const learnOptions = whereOptions.extend({
  release: z.string(),
  force: z.boolean().default(false),
});

/** `berth advisories from-changelogs` */
export async function learnFromChangelogs(invocation: Invocation): Promise<ExitReason> {
  const { operands, terminal } = invocation;
  const { release, force, json } = learnOptions.parse(invocation.options);
  if (debianEcosystem(release) === undefined)
    throw new CommandError("usage", `--release: ${release} is no release of Debian's`);
  const progress = terminal.openProgress("read");
  const derived = await deriveAdvisories({
    paths: operands.map((path) => resolve(path)),
    signal: terminal.signal,
    onProgress: (done, total) => progress.update({ done, total, unit: "items" }),
  });
  progress.clear();
  if (derived.packages === 0) throw new CommandError("failed", "there are no .deb files there");
  const report = await withLock(invocation, async (directory) => {
    const path = join(directory, "from-changelogs.jsonl");
    try {
      await pipeline(Readable.from(derived.fixed.toLines(release)), createWriteStream(path));
      const format = "debian-changelogs";
      return await importFeeds({
        directory,
        path,
        format,
        isForced: force,
        clock: () => new Date(),
      });
    } finally {
      await rm(path, { force: true });
    }
  });
  const { packages, withoutChangelog, unreadable } = derived;
  if (json) terminal.printJson({ ...report, packages, withoutChangelog, unreadable });
  else {
    printDerived(derived, (text) => terminal.print(text));
    printReport(report, (text) => terminal.print(text));
  }
  return "ok";
}

function printDerived(
  { packages, withoutChangelog, unreadable, fixed }: DerivedAdvisories,
  print: (text: string) => void,
): void {
  print(
    `${packages} packages, ${withoutChangelog} without a changelog of their own; ${fixed.size} fixes`,
  );
  for (const { path, reason } of unreadable.slice(0, 20)) print(`not read: ${path}: ${reason}`);
  if (unreadable.length > 20) print(`not read: ${unreadable.length - 20} more files`);
}
