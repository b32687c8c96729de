import { type HubRefusal, HubUnreachable } from "../client/hub-error.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Command, Invocation } from "./command.ts";
import { DEFAULT_HUB } from "./hub-connection.ts";

export type Typed = { readonly command: Command; readonly invocation: Invocation };

/** What the hub says to nobody in particular; how to log in is this side's business. */
const LOGIN_FIRST = "authentication required: log in first";

/** Options that name something that has to be there, beside the words without an option. */
const NAMING = ["account", "team", "repository", "namespace"];

/** The hub's sentence, with what only this side knows: what was typed, and where the address came from. */
export function wordFailure(
  error: HubRefusal | HubUnreachable,
  { command, invocation }: Typed,
  commands: readonly Command[],
): string {
  const { operands, options, terminal } = invocation;
  const { message } = error;
  if (error instanceof HubUnreachable) {
    const isDefault = options.hub === undefined && terminal.environment.BERTH_URL === undefined;
    const isLocal = isDefault && message.includes(`${DEFAULT_HUB}:`);
    return isLocal ? `${message}; name another by --hub or BERTH_URL` : message;
  }
  if (message === LOGIN_FIRST) return `${message}: berth login`;
  if (message !== PROBLEMS.NOT_FOUND.title) return message;
  const named = NAMING.flatMap((option) => options[option] ?? []).map(String);
  const names = [...operands, ...named];
  if (names.length === 0) return message;
  const what = names.length === 1 ? names[0] : `one of ${names.join(", ")}`;
  const list = [...command.name.split(" ").slice(0, -1), "list"].join(" ");
  const where = commands.some(({ name }) => name === list) ? `: see berth ${list}` : "";
  return `${what} is not there, or not yours to see${where}`;
}
