import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { clearUnfinished } from "./clear-unfinished.ts";

test("what git leaves where it is killed goes, and nothing else", async () => {
  await using home = await makeTempDirectory("unfinished");
  const kept = [
    ...["HEAD", "config", "packed-refs", "shallow", "berth-mirror"],
    ...["refs/heads/main", "refs/heads/tmp_a", "objects/pack/pack-1.pack", "objects/info/packs"],
  ];
  const left = [
    ...["packed-refs.lock", "shallow.lock", "gc.pid", "refs/heads/a/b.lock", "HEAD.lock"],
    ...["objects/pack/tmp_pack_x", "objects/tmp_objdir-incoming-1/pack/half"],
    "objects/info/commit-graph.lock",
  ];
  for (const path of [...kept, ...left]) {
    await mkdir(join(home.path, dirname(path)), { recursive: true });
    await writeFile(join(home.path, path), "");
  }
  await clearUnfinished(home.path);
  const entries = await readdir(home.path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) =>
    join(parentPath, name).slice(home.path.length + 1),
  );
  expect(paths.toSorted()).toEqual(kept.toSorted());
  await clearUnfinished(join(home.path, "none"));
});
