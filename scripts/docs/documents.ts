import { renderCommands } from "./commands-document.ts";
import { renderErrors } from "./errors-document.ts";

/** Documents that are written from the code, by their path. */
export function renderDocuments(): ReadonlyMap<string, string> {
  return new Map(
    [
      ["docs/commands.md", renderCommands()],
      ["docs/errors.md", renderErrors()],
    ].map(([path = "", text = ""]) => [path, `<!-- Written by npm run docs. -->\n\n${text}\n`]),
  );
}
