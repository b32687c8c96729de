import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Of higher rank than what a commit says of its own files. */
const PLAIN = "* -export-ignore -export-subst\n";

/** `git archive` leaves out and changes what the `.gitattributes` of a commit name; a build gets what a clone has. */
export async function ignoreExportAttributes(repository: string): Promise<void> {
  const folder = join(repository, "info");
  const file = join(folder, "attributes");
  if ((await readFile(file, "utf8").catch(() => "")) === PLAIN) return;
  await mkdir(folder, { recursive: true });
  // Others may read it at this moment.
  const made = `${file}.${process.hrtime.bigint()}`;
  await writeFile(made, PLAIN);
  await rename(made, file);
}
