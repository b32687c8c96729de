import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeEmptyIndex } from "../content.ts";
import { startBerth } from "../peers/berth.ts";
import type { Scenario } from "../scenario.ts";

const REPOSITORY = "bench/started";

/** From the command to the first answer, over a database that is full of tags. `command` is that of Berth. */
export function starts(command: string): Scenario[] {
  const folderOf = (directory: string) => join(directory, "start");
  return [
    {
      id: "start-tags",
      title: "start with 1,000,000 tags",
      unit: "s",
      work: "run",
      peers: ["berth"],
      target: { atMost: 3 },
      async prepare(_peer, { directory, startTags }) {
        await using hub = await startBerth(folderOf(directory), command);
        await hub.publishManifest(REPOSITORY, "latest", makeEmptyIndex());
        addTags(join(hub.dataDirectory, "berth.db"), startTags);
      },
      async run(_peer, { directory }) {
        const begin = performance.now();
        await using _hub = await startBerth(folderOf(directory), command);
        return { value: (performance.now() - begin) / 1000, work: 1 };
      },
    },
  ];
}

/** Straight into the database: a million pushes would take longer than everything else. */
function addTags(path: string, count: number): void {
  using database = new DatabaseSync(path);
  database
    .prepare(
      `with recursive number(i) as (select 1 union all select i + 1 from number where i < ?)
       insert into tags (repository_id, name, manifest_id, updated_at)
       select repository_id, printf('v%07d', i), manifest_id, updated_at from number, tags where name = 'latest'`,
    )
    .run(count);
}
