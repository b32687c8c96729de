import { renderUnicodeCompact } from "uqr";
import { z } from "zod";
import type { HubClient } from "../client/hub-client.ts";
import {
  recoveryCodes,
  TWO_FACTOR_PATH,
  twoFactor,
  twoFactorSecret,
} from "../contract/two-factor.ts";
import { apiCommand, nothing, segment } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { addConnectionOptions, askCode, connect } from "./hub-connection.ts";

const DAY_LETTERS = 10;
const NO_CODE =
  "no code was given, and two-factor login stays off; a script gives it in the next line of its input";
const jsonOption = z.object({ json: z.boolean().default(false) });

const statusCommand = apiCommand({
  name: "account two-factor status",
  summary: "say whether your login needs a code, and how many recovery codes are left",
  plan: () => ({ line: `GET ${TWO_FACTOR_PATH}`, answer: twoFactor }),
  show: ({ isOn, since, recoveryCodesLeft }) =>
    isOn
      ? [`on since ${since?.slice(0, DAY_LETTERS)}, ${recoveryCodesLeft} recovery codes left`]
      : ["off"],
});

const enableCommand: Command = {
  name: "account two-factor enable",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("have your login ask for a code of an authenticator app")
      .description(
        "Shows a QR code for an authenticator app, and asks for a code of it. Then the login needs one beside the password,\n" +
          "and the logins that the password alone opened end, docker's too: `berth login` makes new ones. Keep the recovery\n" +
          "codes on paper, for the day that the phone is gone.",
      ),
  run: async (invocation) => {
    const { terminal } = invocation;
    const { json } = jsonOption.parse(invocation.options);
    await using hub = await connect(invocation);
    const begun = await hub.call({ line: `POST ${TWO_FACTOR_PATH}`, answer: twoFactorSecret });
    if (json) terminal.printJson(begun);
    else {
      terminal.print(renderUnicodeCompact(begun.uri, { border: 2 }));
      terminal.print(`secret: ${begun.secret}`);
      terminal.print(begun.uri);
    }
    const body = { code: await askCode(terminal, undefined, NO_CODE) };
    await showCodes(invocation, hub, { line: `POST ${TWO_FACTOR_PATH}/confirm`, body });
    terminal.note("two-factor login is on; docker has to log in again: berth login");
    return "ok";
  },
};

const disableCommand: Command = {
  name: "account two-factor disable",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("have the password suffice again")
      .description(`Turns two-factor login off.\n${TWO_CODES}`),
  run: async (invocation) => {
    const { terminal } = invocation;
    await using hub = await connect(invocation);
    const body = { code: await askAnotherCode(invocation, hub) };
    await hub.call({ line: `DELETE ${TWO_FACTOR_PATH}`, body, answer: nothing });
    if (jsonOption.parse(invocation.options).json) terminal.printJson(null);
    else terminal.print("two-factor login is off");
    return "ok";
  },
};

const renewCommand: Command = {
  name: "account two-factor recovery-codes",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("make ten new recovery codes; the former ones are worth nothing")
      .description(`Makes new recovery codes and shows them this once.\n${TWO_CODES}`),
  run: async (invocation) => {
    await using hub = await connect(invocation);
    const body = { code: await askAnotherCode(invocation, hub) };
    await showCodes(invocation, hub, { line: `POST ${TWO_FACTOR_PATH}/recovery-codes`, body });
    return "ok";
  },
};

const resetCommand = apiCommand({
  name: "user reset-two-factor",
  summary: "turn two-factor login off for somebody who lost phone and recovery codes",
  describe: (line) => line.argument("<name>", "whose"),
  plan: (typed) => ({
    line: `DELETE /api/v1/users/${segment(typed, 0)}/two-factor`,
    answer: nothing,
  }),
  show: (_answer, { operands }) => [
    `two-factor login is off for ${operands[0]}, and their sessions have ended`,
  ],
});

export const TWO_FACTOR_COMMANDS: readonly Command[] = [
  statusCommand,
  enableCommand,
  disableCommand,
  renewCommand,
  resetCommand,
];

const TWO_CODES =
  "It takes two codes, one to log in with and another one to confirm with, because each is good once: wait until the app\n" +
  "shows the next one, or use a recovery code. A script gives each in a line of its input.";

/** Only once the first code is used: a later one would make it worth nothing. */
async function askAnotherCode({ terminal }: Invocation, hub: HubClient): Promise<string> {
  const { isOn } = await hub.call({ line: `GET ${TWO_FACTOR_PATH}`, answer: twoFactor });
  if (isOn) return await askCode(terminal, "To confirm, another code than before");
  throw new CommandError("failed", "two-factor login is off for this account");
}

async function showCodes(
  { terminal, options }: Invocation,
  hub: HubClient,
  call: { readonly line: string; readonly body: unknown },
): Promise<void> {
  const answer = await hub.call({ ...call, answer: recoveryCodes });
  if (jsonOption.parse(options).json) {
    terminal.printJson(answer);
    return;
  }
  terminal.note("recovery codes, each for one login; they are not shown again:");
  for (const code of answer.recoveryCodes) terminal.print(code);
}
