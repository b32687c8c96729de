import { z } from "zod";
import {
  type AppliedRule,
  applyRule,
  BuildRuleError,
  type BuildRuleText,
  parseBuildRule,
  parseGitRef,
} from "../builds/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { splitRule } from "../contract/builds.ts";
import { printable } from "../lib/printable.ts";

const previewOptions = z.object({
  json: z.boolean().default(false),
  rule: z.array(z.string()),
  ref: z.string(),
  commit: z
    .string()
    .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, { error: "must be a whole hash of a commit" }),
  dockerfile: z.string().optional(),
  context: z.string().optional(),
  paths: z.array(z.string()).optional(),
  changed: z.array(z.string()).optional(),
});

type Settings = z.output<typeof previewOptions>;

/** What `berth build rules preview` does. */
export function previewRules({ options, terminal }: Invocation): ExitReason {
  const settings = previewOptions.parse(options);
  const applied = settings.rule.map((rule) => ({ rule, ...preview(rule, settings) }));
  if (settings.json) terminal.printJson({ ref: settings.ref, rules: applied });
  else {
    for (const one of applied) for (const line of toLines(one)) terminal.print(printable(line));
  }
  const makesTags = applied.some((one) => one.builds && one.tags.some((tag) => "tag" in tag));
  return makesTags ? "ok" : "failed";
}

function preview(text: string, settings: Settings): AppliedRule {
  const { commit, changed } = settings;
  try {
    const rule = parseBuildRule({ ...settings, ...readRule(text) });
    return applyRule(rule, { ...parseGitRef(settings.ref), commit, date: new Date(), changed });
  } catch (cause) {
    if (!(cause instanceof BuildRuleError)) throw cause;
    throw new CommandError("usage", printable(cause.message), { cause });
  }
}

function readRule(text: string): Pick<BuildRuleText, "sourceType" | "source" | "dockerTag"> {
  const rule = splitRule(text);
  if (rule !== undefined) return rule;
  throw new BuildRuleError(`${JSON.stringify(text)} is no rule: write branch:SOURCE=TAGS`);
}

function toLines(one: { readonly rule: string } & AppliedRule): string[] {
  if (!one.builds) return [`${one.rule}: no build: ${one.why}`];
  return [
    `${one.rule}: builds ${one.dockerfile} in ${one.context}`,
    ...one.tags.map((tag) =>
      "tag" in tag ? `  ${tag.tag}` : `  no tag by ${tag.template}: ${tag.why}`,
    ),
  ];
}
