import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { HubClient } from "../client/hub-client.ts";
import { IMPORTED_AT_ONCE, userImportReport } from "../contract/accounts.ts";
import { type Command, CommandError } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";
import type { Terminal } from "./terminal.ts";

const options = z.object({ json: z.boolean().default(false) });

export const importHtpasswdCommand: Command = {
  name: "accounts import-htpasswd",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("make accounts of the users of an htpasswd file")
      .description(
        "Users keep their passwords. Those who have an account already, and names that cannot be had, are left out with\n" +
          "the reason; doing it twice does no harm. Ends with 1 if somebody was left out.",
      )
      .argument("<file>", "as `htpasswd -B` writes it; bcrypt only"),
  run: async (invocation) => {
    const { json } = options.parse(invocation.options);
    const { terminal, operands } = invocation;
    const users = parseUsers(await read(operands[0] ?? ""));
    await using hub = await connect(invocation);
    const progress = terminal.openProgress("imported");
    let skipped = 0;
    for (let at = 0; at < users.length; at += IMPORTED_AT_ONCE) {
      const items = await importSome(hub, users.slice(at, at + IMPORTED_AT_ONCE));
      progress.clear();
      for (const item of items) tell(terminal, item, json);
      skipped += items.filter(({ outcome }) => outcome === "skipped").length;
      progress.update({ done: at + items.length, total: users.length, unit: "items" });
    }
    progress.clear();
    return skipped === 0 ? "ok" : "failed";
  },
};

type Outcome = z.output<typeof userImportReport>["items"][number];

async function importSome(
  hub: HubClient,
  users: readonly { name: string; hash: string }[],
): Promise<readonly Outcome[]> {
  const line = "POST /api/v1/users/import";
  return (await hub.call({ line, body: { users }, answer: userImportReport })).items;
}

function tell(terminal: Terminal, { name, outcome, why }: Outcome, json: boolean): void {
  if (json) terminal.printJson({ type: "item", name, outcome, why });
  else terminal.print(why === undefined ? `${outcome}: ${name}` : `${outcome}: ${name}: ${why}`);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandError("usage", `could not read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function parseUsers(text: string) {
  return text.split("\n").flatMap((line) => {
    const entry = line.trim();
    const colon = entry.indexOf(":");
    if (entry === "" || entry.startsWith("#") || colon < 0) return [];
    return [{ name: entry.slice(0, colon), hash: entry.slice(colon + 1) }];
  });
}
