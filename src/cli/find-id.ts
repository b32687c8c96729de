import { CommandError } from "./command.ts";

/** The id of what somebody named by its label or its id: people know labels, the API knows ids. */
export function findId(
  items: readonly { readonly id: string; readonly label: string }[],
  typed: string,
  list: string,
): string {
  const byId = items.find(({ id }) => id === typed);
  if (byId !== undefined) return encodeURIComponent(byId.id);
  const [found, another] = items.filter(({ label }) => label === typed);
  if (found === undefined)
    throw new CommandError("failed", `there is no "${typed}": ${list} shows what there is`);
  if (another !== undefined)
    throw new CommandError(
      "usage",
      `more than one is called "${typed}": name it by its id, see ${list}`,
    );
  return encodeURIComponent(found.id);
}
