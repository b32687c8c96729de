import { z } from "zod";
import { CommandError, type Invocation } from "./command.ts";

export const YES_OPTION = ["--yes", "do not ask, as in a script"] as const;

const yesOption = z.object({ yes: z.boolean().default(false) });

/** Lets a person type the name of what is at stake. Throws when they type another, or when there is nobody to ask. */
export async function confirm(
  { options, terminal }: Invocation,
  what: { readonly name: string; readonly consequence: string },
): Promise<void> {
  if (yesOption.parse(options).yes) return;
  const { name, consequence } = what;
  terminal.note(consequence);
  const typed = await terminal.askWord(`Type ${name} to go on`);
  if (typed === undefined)
    throw new CommandError("usage", "there is nobody to ask; say --yes if you are sure");
  if (typed.trim() !== name)
    throw new CommandError("usage", `that is not ${name}: nothing was done`);
}
