import { writeFile } from "node:fs/promises";
import { hash } from "@node-rs/bcrypt";
import type { User } from "./client.ts";

/** Writes an htpasswd file as `htpasswd -B` does; cost 4 so that no test waits for bcrypt. */
export async function writeHtpasswd(path: string, users: readonly User[]): Promise<void> {
  const lines = users.map(
    async ({ name, password }) => `${name}:${await hash(password, { cost: 4 })}\n`,
  );
  await writeFile(path, (await Promise.all(lines)).join(""));
}
