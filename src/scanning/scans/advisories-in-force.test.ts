import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { importFeeds } from "../../advisories/index.ts";
import { AdvisoriesInForce } from "./advisories-in-force.ts";

test("who asks again and again gets the index of a moment ago, and who asks for the newest what was imported since", async () => {
  await using home = await makeTempDirectory("in-force");
  const importAdvisories = async (fixed: string) => {
    const path = join(home.path, "tracker.json");
    const bookworm = { repositories: { bookworm: "1" }, status: "resolved", urgency: "high" };
    const releases = { bookworm: { ...bookworm, fixed_version: fixed } };
    const found = { description: "What it does", scope: "remote", releases };
    await writeFile(path, JSON.stringify({ nginx: { "CVE-2023-44487": found } }));
    await importFeeds({ directory: home.path, path, clock: () => new Date() });
  };
  await importAdvisories("1.22.1-9+deb12u2");
  using advisories = new AdvisoriesInForce({
    directory: home.path,
    log: pino({ level: "silent" }),
  });
  const { revision } = advisories.newest;
  await importAdvisories("1.22.1-9+deb12u3");
  expect(advisories.recent.revision).toBe(revision);
  const newest = advisories.newest.revision;
  expect(newest).not.toBe(revision);
  expect(advisories.recent.revision).toBe(newest);
});
