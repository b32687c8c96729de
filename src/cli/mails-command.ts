import { z } from "zod";
import { MAILS_PATH, mailWishes } from "../contract/mail-wishes.ts";
import { apiCommand } from "./api-command.ts";
import type { Command } from "./command.ts";

const options = z.object({ officialImages: z.enum(["on", "off"]).optional() });

const mailsCommand = apiCommand({
  name: "account mails",
  summary: "show which mails you want, and change what an option names",
  describe: (line) =>
    line.option(
      "--official-images <on|off>",
      "about what is found in the official images that you maintain or submitted",
    ),
  plan: (typed) => {
    const { officialImages } = options.parse(typed.options);
    if (officialImages === undefined) return { line: `GET ${MAILS_PATH}`, answer: mailWishes };
    const body = { officialImages: officialImages === "on" };
    return { line: `PATCH ${MAILS_PATH}`, body, answer: mailWishes };
  },
  show: ({ officialImages }) => [`official images  ${officialImages ? "on" : "off"}`],
});

export const MAILS_COMMANDS: readonly Command[] = [mailsCommand];
