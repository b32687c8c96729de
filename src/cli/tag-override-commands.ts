import { z } from "zod";
import { type newTagOverride, TAG_OVERRIDES_PATH, tagOverride } from "../contract/tag-rules.ts";
import { parseDuration } from "../lib/duration.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";

const askOptions = z.object({
  reason: z.string(),
  for: z.string().default("24h"),
  untilExpiry: z.boolean().default(false),
});

const askCommand = apiCommand({
  name: "repo override ask",
  summary: "ask for leave to move or delete one tag that is immutable",
  description:
    "Asks for leave to move or delete one tag that is immutable. Somebody else, who could change the rule, has to approve it.",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .argument("<tag>", "which one")
      .requiredOption("--reason <text>", "why; it stands in the audit trail")
      .option("--for <duration>", "how long it lasts at most, such as 2h (default: 24h)")
      .option("--until-expiry", "good for as often as you like until then, not once"),
  plan: ({ operands: [repository = "", tag = ""], options }) => {
    const { reason, for: lasts, untilExpiry } = askOptions.parse(options);
    const ms = parseDuration(lasts);
    if (ms === undefined) throw new CommandError("usage", `"${lasts}" is no duration, such as 2h`);
    const seconds = Math.round(ms / 1000);
    const body: z.input<typeof newTagOverride> = {
      ...{ repository, tag, reason, seconds },
      once: !untilExpiry,
    };
    return { line: `POST ${TAG_OVERRIDES_PATH}`, body, answer: tagOverride };
  },
  show: ({ id }) => [`asked; somebody else approves it by: berth repo override approve ${id}`],
});

const approveCommand = apiCommand({
  name: "repo override approve",
  summary: "approve what somebody else asked for",
  describe: (line) => line.argument("<id>", "as berth repo override list shows it"),
  plan: (typed) => ({
    line: `POST ${TAG_OVERRIDES_PATH}/${segment(typed, 0)}/approve`,
    answer: tagOverride,
  }),
  show: ({ repository, tag, once, expiresAt }) => [
    `${repository}:${tag} may be moved or deleted ${once ? "once, " : ""}until ${expiresAt}`,
  ],
});

const listCommand = apiCommand({
  name: "repo override list",
  summary: "list what waits for approval and what may be used",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [repository = ""] }) => ({
    line: `GET ${TAG_OVERRIDES_PATH}/of/${repository.split("/").map(encodeURIComponent).join("/")}`,
    answer: z.object({ items: z.array(tagOverride) }),
  }),
  show: ({ items }) =>
    table([
      ["ID", "TAG", "ASKED BY", "APPROVED BY", "EXPIRES", "REASON"],
      ...items.map(({ id, tag, askedBy, approvedBy = "-", expiresAt, reason }) => [
        ...[id, tag, askedBy, approvedBy, expiresAt, reason],
      ]),
    ]),
});

const withdrawCommand = apiCommand({
  name: "repo override withdraw",
  summary: "take back what was asked for or approved",
  describe: (line) => line.argument("<id>", "as berth repo override list shows it"),
  plan: (typed) => ({ line: `DELETE ${TAG_OVERRIDES_PATH}/${segment(typed, 0)}`, answer: nothing }),
  show: () => ["taken back"],
});

export const TAG_OVERRIDE_COMMANDS: readonly Command[] = [
  askCommand,
  approveCommand,
  listCommand,
  withdrawCommand,
];
