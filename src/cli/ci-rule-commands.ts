import { z } from "zod";
import { CI_RULES_PATH, ciRule, ciRuleList } from "../contract/ci-rules.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { findId } from "./find-id.ts";

/** Issuers that everybody knows by a shorter name. */
const ISSUERS: Readonly<Record<string, string>> = {
  github: "https://token.actions.githubusercontent.com",
  gitlab: "https://gitlab.com",
};

const ownerOption = z.object({ organization: z.string().optional() });

function addOwner(line: Parameters<Command["describe"]>[0]) {
  return line.option("--organization <name>", "whose rules (default: those of the hub itself)");
}

function pathOf({ options }: Invocation): string {
  const { organization } = ownerOption.parse(options);
  if (organization === undefined) return CI_RULES_PATH;
  return `/api/v1/organizations/${encodeURIComponent(organization)}/ci-rules`;
}

const ciRuleListCommand = apiCommand({
  name: "ci-rule list",
  summary: "list which CI jobs log in without a stored secret",
  describe: addOwner,
  plan: (typed) => ({ line: `GET ${pathOf(typed)}`, answer: ciRuleList }),
  show: ({ items }) =>
    table([
      ["NAME", "OF", "ISSUER", "CLAIMS", "ACTS AS", "MAY", "SECONDS"],
      ...items.map((rule) => [
        rule.name ?? "-",
        rule.source,
        rule.issuer,
        Object.entries(rule.claims)
          .map(([name, value]) => `${name}=${value}`)
          .join(" "),
        rule.account || "nobody",
        `${rule.actions.join("+")} ${rule.repositories.join(" ")}`,
        String(rule.lifetimeSeconds),
      ]),
    ]),
});

const addOptions = ownerOption.extend({
  issuer: z.string(),
  claim: z.array(z.string()),
  repository: z.array(z.string()),
  actions: z.string().default("pull,push"),
  lifetime: z.coerce.number().optional(),
  account: z.string().optional(),
});

const ciRuleAddCommand = apiCommand({
  name: "ci-rule add",
  summary: "let CI jobs log in without a stored secret",
  description:
    "Lets in the jobs whose identity token says what the claims ask for. One of them has to say of which project a job is. By a\n" +
    "rule of an organization they act as the organization, in its own repositories; by one of the hub as an account.",
  describe: (line) =>
    addOwner(line.argument("<name>", "what to call it"))
      .requiredOption(
        "--issuer <address>",
        "who speaks for the jobs: github, gitlab, or an https address",
      )
      .requiredOption(
        "--claim <name=value...>",
        "such as repository=acme/api or ref=refs/heads/*; all have to fit",
      )
      .requiredOption("--repository <pattern...>", "where, such as acme/api or acme/**")
      .option("--actions <list>", "what they may do there (default: pull,push)")
      .option("--lifetime <seconds>", "how long a login lasts (default: 1800)")
      .option("--account <name>", "for a rule of the hub: whose rights the jobs have"),
  plan: (typed) => {
    const { issuer, claim, repository, actions, lifetime, account } = addOptions.parse(
      typed.options,
    );
    const body = {
      name: typed.operands[0],
      issuer: ISSUERS[issuer] ?? issuer,
      claims: Object.fromEntries(claim.map(toClaim)),
      repositories: repository,
      actions: actions.split(","),
      lifetimeSeconds: lifetime,
      account,
    };
    return { line: `POST ${pathOf(typed)}`, body, answer: ciRule };
  },
  show: ({ account }, { options }) => {
    const { organization } = ownerOption.parse(options);
    const more = organization === undefined ? "" : ` --organization ${organization}`;
    return [`jobs act as ${account}; they log in by: berth login --oidc${more}`];
  },
});

/** `ref=refs/heads/*` */
function toClaim(text: string): readonly [string, string] {
  const sign = text.indexOf("=");
  if (sign > 0) return [text.slice(0, sign), text.slice(sign + 1)];
  throw new CommandError("usage", `--claim takes NAME=VALUE, such as repository=acme/api`);
}

const ciRuleRemoveCommand = apiCommand({
  name: "ci-rule remove",
  summary: "end a rule, and the logins that it gave",
  describe: (line) =>
    addOwner(line.argument("<rule>", "its name or id, as berth ci-rule list --json shows them")),
  plan: async (typed, hub) => {
    const { items } = await hub.call({ line: `GET ${pathOf(typed)}`, answer: ciRuleList });
    const { organization } = ownerOption.parse(typed.options);
    const source = organization === undefined ? "hub" : "organization";
    const own = items.flatMap(({ id, name = "", ...rule }) =>
      id === undefined || rule.source !== source ? [] : [{ id, label: name }],
    );
    const id = findId(own, typed.operands[0] ?? "", "berth ci-rule list");
    return { line: `DELETE ${pathOf(typed)}/${id}`, answer: nothing };
  },
  show: (_answer, { operands }) => [`removed ${operands[0]}`],
});

export const CI_RULE_COMMANDS: readonly Command[] = [
  ciRuleListCommand,
  ciRuleAddCommand,
  ciRuleRemoveCommand,
];
