/** `npm run docs`: writes the documents that come from the code; a test fails while one of them is out of date. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { renderDocuments } from "./docs/documents.ts";

for (const [path, text] of renderDocuments()) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  console.log(path);
}
