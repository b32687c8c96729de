import { writeFile } from "node:fs/promises";
import { indexTests, README_PATH, readReadme, withTables } from "./test-index.ts";

await writeFile(README_PATH, withTables(await readReadme(), await indexTests()));
