import { readFile } from "node:fs/promises";
import type { Command as CommandLine } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import {
  type newException,
  POLICIES_PATH,
  POLICY_EXCEPTIONS_PATH,
  POLICY_EXPLANATIONS_PATH,
  POLICY_SIMULATIONS_PATH,
  policyException,
  policyExplanation,
  policyRules,
  pullPolicy,
  simulatedPolicy,
} from "../contract/policies.ts";
import { printable } from "../lib/printable.ts";
import { splitImageName } from "../oci/image-name.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { ruleOptions, rulesOf } from "./policy-words.ts";

const SCOPE = "hub, an organization or user (acme), or a repository (acme/api)";

function addRuleOptions(line: CommandLine): CommandLine {
  return line
    .argument("<scope>", SCOPE)
    .argument("<name>", "what the policy is called")
    .option("--file <file>", "what it asks for, as YAML or JSON (docs/pull-policies.md)")
    .option("--tags <glob...>", "images with a tag that fits, and those without a tag")
    .option("--pattern <pattern>", "only repositories that it matches: prod/*")
    .option(
      "--signed-by <signer...>",
      'a key (acme/release), "https://issuer subject", "store:name subject", or "notary:role key-id"',
    )
    .option("--at-least <n>", "by so many different ones of them")
    .option("--attested <type...>", "with an attestation of this type by one of them")
    .option("--severity <severity>", "without vulnerabilities of this severity or worse")
    .option("--only-fixed", "of those only what a newer version fixes")
    .option("--older-than <days>", "of those only what was found so long ago")
    .option("--exploited", "of those only what CISA knows to be exploited")
    .option("--not-end-of-life", "of a distribution that still gets updates")
    .option("--base <image...>", "built on one of these images of this hub: library/debian:12");
}

const setCommand = apiCommand({
  name: "policy set",
  summary: "say what must be true of images before they are pulled",
  description:
    "All policies in whose scope an image lies hold together. Whoever may push to a repository reads it nevertheless: they have to\n" +
    "sign what is there. Try it out first: berth policy simulate takes the same options.",
  describe: (line) =>
    addRuleOptions(line).requiredOption("--mode <mode>", "off, report, warn or enforce"),
  plan: async (typed) => ({
    line: `PUT ${addressOf(POLICIES_PATH, typed)}`,
    body: await readWish(typed),
    answer: pullPolicy,
  }),
  show: (policy) => describePolicy(policy),
});

const removeCommand = apiCommand({
  name: "policy remove",
  summary: "remove a policy with its exceptions",
  describe: (line) => line.argument("<scope>", SCOPE).argument("<name>"),
  plan: (typed) => ({ line: `DELETE ${addressOf(POLICIES_PATH, typed)}`, answer: nothing }),
  show: (_answer, { operands }) => [`${operands[1]} is removed`],
});

const showCommand = apiCommand({
  name: "policy show",
  summary: "show the policies of a place",
  describe: (line) => line.argument("[scope]", SCOPE, "hub"),
  plan: ({ operands: [scope = "hub"] }) => ({
    line: `GET ${POLICIES_PATH}?scope=${encodeURIComponent(scope)}`,
    answer: z.object({ items: z.array(pullPolicy) }),
  }),
  show: ({ items }) => (items.length === 0 ? ["no policies"] : items.flatMap(describePolicy)),
});

const simulateCommand = apiCommand({
  name: "policy simulate",
  summary: "show what a policy would have refused",
  description:
    "Looks at the pulls of the last days and judges the images that are still there, and those who pulled them, by what is known of\n" +
    "them today. Nothing is saved.",
  describe: (line) => addRuleOptions(line).option("--days <days>", "how far to look back", "30"),
  plan: async (typed) => {
    const wish = await readWish({ ...typed, options: { ...typed.options, mode: "enforce" } });
    const body = { ...wish, days: Number(typed.options.days) };
    return {
      line: `POST ${addressOf(POLICY_SIMULATIONS_PATH, typed)}`,
      body,
      answer: simulatedPolicy,
    };
  },
  show: (found) => [
    `${found.refusedPulls} of ${found.pulls} pulls, ${found.refusedImages} of ${found.images} images`,
    ...found.refused.flatMap(({ repository, digest, tags, pulls, accounts, why }) => [
      `${repository}@${digest} ${tags.join(" ")}`.trimEnd(),
      `  ${pulls} pulls by ${accounts.map(printable).join(", ")}: ${printable(why)}`,
    ]),
    ...(found.passedPulls > 0
      ? [`${found.passedPulls} pulls more are let through: by those who may push`]
      : []),
    ...(found.isCut ? ["only the most pulled images were looked at"] : []),
  ],
});

const explainCommand = apiCommand({
  name: "policy explain",
  summary: "say whether an image may be pulled, and why not",
  describe: (line) => line.argument("<image>", "such as acme/api:1.2"),
  plan: ({ operands: [text = ""] }) => {
    const { repository, reference } = splitImageName(text);
    const path = repository.split("/").map(encodeURIComponent).join("/");
    const query = `reference=${encodeURIComponent(reference)}`;
    return { line: `GET ${POLICY_EXPLANATIONS_PATH}/${path}?${query}`, answer: policyExplanation };
  },
  show: ({ image, digest, outcome, isExempt, policies }) => [
    `${image}@${digest}: ${outcome}${isExempt ? " (it belongs to an image, and is none)" : ""}`,
    ...policies.flatMap(({ name, scope, mode, isMet, exception, conditions }) => [
      `${name} of ${scope}, ${mode}: ${isMet ? "met" : "not met"}`,
      ...conditions.map(
        (one) => `  ${one.isMet ? "yes" : "no "}  ${one.asks}; there is: ${printable(one.found)}`,
      ),
      ...(exception === null ? [] : [`  let through: ${printable(exception)}`]),
    ]),
  ],
});

const exceptOptions = z.object({ reason: z.string(), days: z.coerce.number().int() });

const exceptCommand = apiCommand({
  name: "policy except",
  summary: "let an image through a policy for some days",
  describe: (line) =>
    line
      .argument("<scope>", SCOPE)
      .argument("<name>", "what the policy is called")
      .argument("<image>", "acme/api:1.2 for what it names now, acme/api for the whole repository")
      .requiredOption("--reason <text>", "why; the audit trail keeps it")
      .requiredOption("--days <days>", "for how long, at most 365"),
  plan: (typed) => {
    const [, , text = ""] = typed.operands;
    const { repository, reference } = splitImageName(text);
    const isWhole = !text.slice(text.lastIndexOf("/") + 1).includes(":");
    const { reason, days } = exceptOptions.parse(typed.options);
    const body: z.input<typeof newException> = {
      ...{ repository, reason, expiresInDays: days },
      ...(isWhole ? {} : { reference }),
    };
    return {
      line: `POST ${addressOf(POLICY_EXCEPTIONS_PATH, typed)}`,
      body,
      answer: policyException,
    };
  },
  show: ({ id, expiresAt }) => [`exception ${id} until ${expiresAt}`],
});

const exceptionsCommand = apiCommand({
  name: "policy exceptions",
  summary: "show what is let through a policy, or end it",
  describe: (line) =>
    line
      .argument("<scope>", SCOPE)
      .argument("<name>", "what the policy is called")
      .option("--end <id>", "end this one, and show the others"),
  plan: async (typed, hub) => {
    const address = addressOf(POLICY_EXCEPTIONS_PATH, typed);
    const { end } = z.object({ end: z.string().optional() }).parse(typed.options);
    if (end !== undefined) {
      const line = `DELETE ${address}&id=${encodeURIComponent(end)}`;
      await hub.call({ line, answer: nothing });
    }
    return { line: `GET ${address}`, answer: z.object({ items: z.array(policyException) }) };
  },
  show: ({ items }) =>
    table([
      ["ID", "IMAGE", "UNTIL", "BY", "REASON"],
      ...items.map(({ id, repository, digest, expiresAt, author, reason }) => [
        String(id),
        `${repository}${digest === null ? "" : `@${digest}`}`,
        ...[expiresAt, author, printable(reason)],
      ]),
    ]),
});

/** What may be pulled. */
export const POLICY_COMMANDS: readonly Command[] = [
  setCommand,
  showCommand,
  simulateCommand,
  explainCommand,
  exceptCommand,
  exceptionsCommand,
  removeCommand,
];

function addressOf(
  path: string,
  { operands: [scope = "hub", name = "default"] }: Invocation,
): string {
  return `${path}?scope=${encodeURIComponent(scope)}&name=${encodeURIComponent(name)}`;
}

async function readWish(typed: Invocation) {
  const options = ruleOptions.parse(typed.options);
  const { mode, tags, pattern, file } = options;
  const rules = file === undefined ? rulesOf(options) : await readRules(file);
  return { mode, tags, pattern, rules };
}

async function readRules(file: string): Promise<z.input<typeof policyRules>> {
  try {
    const parsed = policyRules.safeParse(parse(await readFile(file, "utf8")));
    if (parsed.success) return parsed.data;
    throw new Error(z.prettifyError(parsed.error));
  } catch (cause) {
    throw new CommandError("usage", `could not read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function describePolicy(policy: z.output<typeof pullPolicy>): readonly string[] {
  const { name, scope, mode, tags, pattern, rules, updatedBy, updatedAt } = policy;
  return [
    `${name} of ${scope.name}: ${mode}`,
    ...(pattern === "" ? [] : [`  repositories ${pattern}`]),
    ...(tags.length === 0 ? [] : [`  tags ${tags.join(" ")}`]),
    `  ${JSON.stringify(rules)}`,
    `  by ${updatedBy}, ${updatedAt}`,
  ];
}
