import { z } from "zod";
import { AUDIT_PATH, auditForwarding, auditPage } from "../contract/audit.ts";
import { apiCommand, table } from "./api-command.ts";
import type { Command } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";

const listOptions = z.object({
  account: z.string().optional(),
  action: z.string().optional(),
  actor: z.string().optional(),
  name: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  before: z.string().optional(),
  limit: z.string().optional(),
});

const auditListCommand = apiCommand({
  name: "audit list",
  summary: "show who did what, newest first",
  description:
    "Shows the audit trail, newest first: all of it to administrators and auditors of the hub, that of their\n" +
    "organization to its owners (--account).",
  describe: (line) =>
    line
      .option("--account <name>", "what concerns this user or organization")
      .option("--action <action>", "such as repo.tag.push or org.member.add")
      .option("--actor <name>", "what this one did")
      .option("--name <name>", "what was done to this")
      .option("--from <time>", "not before this time, such as 2026-11-24T00:00:00Z")
      .option("--to <time>", "before this time")
      .option("--before <number>", "entries before this one")
      .option("--limit <number>", "how many (default: 100)"),
  plan: ({ options }) => {
    const given = Object.entries(listOptions.parse(options)).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as [string, string]],
    );
    return { line: `GET ${AUDIT_PATH}?${new URLSearchParams(given)}`, answer: auditPage };
  },
  show: ({ items, next }) => [
    ...table([
      ["ENTRY", "WHEN", "WHO", "WHAT", "WHERE", "FROM"],
      ...items.map(({ seq, at, actor, action, outcome, name, address }) => [
        String(seq),
        new Date(at).toISOString(),
        actor,
        outcome === "done" ? action : `${action} (refused)`,
        name,
        address,
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth audit list --before ${next}`]),
  ],
});

const exportOptions = z.object({ csv: z.boolean().default(false) });

const auditExportCommand: Command = {
  name: "audit export",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("print the whole audit trail, as JSON lines or CSV")
      .description(
        "Prints every entry in its order. `berth audit verify --file` proves JSON lines; CSV is for spreadsheets.",
      )
      .option("--csv", "comma-separated values in place of JSON lines"),
  run: async (invocation) => {
    const { csv } = exportOptions.parse(invocation.options);
    await using hub = await connect(invocation);
    const format = csv ? "csv" : "jsonl";
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of hub.download(`${AUDIT_PATH}/export?format=${format}`)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) invocation.terminal.print(line.replace(/\r$/, ""));
    }
    return "ok";
  },
};

const auditForwardingCommand = apiCommand({
  name: "audit forwarding",
  summary: "show how far the collectors of the audit trail have come",
  plan: () => ({ line: `GET ${AUDIT_PATH}/forwarding`, answer: auditForwarding }),
  show: ({ items }) =>
    items.length === 0
      ? ["no collector is configured: audit.forward"]
      : table([
          ["COLLECTOR", "HAS", "WAITING", "LAST SENT", "LAST FAILURE"],
          ...items.map(({ target, position, backlog, sentAt = "", failure = "" }) => [
            target,
            String(position),
            String(backlog),
            sentAt,
            failure,
          ]),
        ]),
});

export const AUDIT_COMMANDS: readonly Command[] = [
  auditListCommand,
  auditExportCommand,
  auditForwardingCommand,
];
