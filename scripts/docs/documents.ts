import { describeConfig } from "../../src/platform/config/index.ts";
import { renderCommands } from "./commands-document.ts";
import { CONFORMANCE_DOCUMENT, renderConformance } from "./conformance-document.ts";
import { renderErrors } from "./errors-document.ts";
import { renderLintRules } from "./lint-document.ts";
import { renderProblems } from "./problems-document.ts";
import { renderTokenErrors } from "./token-errors-document.ts";

/** Documents that are written from the code, by their path. */
export function renderDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/commands.md", withNote(renderCommands())],
    ["docs/configuration.md", describeConfig()],
    [
      "docs/errors.md",
      withNote([renderErrors(), renderTokenErrors(), renderProblems()].join("\n\n")),
    ],
    ["docs/lint-rules.md", withNote(renderLintRules())],
    [CONFORMANCE_DOCUMENT, renderConformance()],
  ]);
}

function withNote(text: string): string {
  return `<!-- Written by npm run docs. -->\n\n${text}\n`;
}
