import { readFile } from "node:fs/promises";
import { z } from "zod";
import {
  deliveryPage,
  replayed,
  WEBHOOKS_PATH,
  webhook,
  webhookList,
  webhookPreviewed,
} from "../contract/webhooks.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";

const targetOptions = z.object({
  repository: z.string().optional(),
  namespace: z.string().optional(),
});

const webhookListCommand = apiCommand({
  name: "webhook list",
  summary: "list the webhooks of a repository, a namespace or the whole hub",
  describe: (line) =>
    line
      .option("--repository <name>", "of this repository")
      .option("--namespace <name>", "of this namespace"),
  plan: ({ options }) => {
    const given = Object.entries(targetOptions.parse(options)).filter(
      ([, value]) => value !== undefined,
    );
    const query = new URLSearchParams(given as [string, string][]);
    return { line: `GET ${WEBHOOKS_PATH}?${query}`, answer: webhookList };
  },
  show: ({ items }) =>
    table([
      ["ID", "LABEL", "FORMAT", "EVENTS", "URL", "STATE"],
      ...items.map(({ id, label, format, events, url, isActive }) => [
        id,
        label,
        format,
        events.join(","),
        url,
        isActive ? "" : "off",
      ]),
    ]),
});

const createOptions = targetOptions.extend({
  format: z.string().optional(),
  event: z.array(z.string()).optional(),
  repositories: z.string().optional(),
  tags: z.string().optional(),
  signed: z.boolean().default(false),
  templateFile: z.string().optional(),
});

const webhookCreateCommand = apiCommand({
  name: "webhook create",
  summary: "send what happens to an address",
  describe: (line) =>
    line
      .argument("<label>", "what to call it")
      .argument("<url>", "where to send to")
      .option("--repository <name>", "what happens to this repository")
      .option("--namespace <name>", "what happens in this namespace (default: in the whole hub)")
      .option(
        "--format <format>",
        "hub, distribution, distribution-v2, harbor, quay, cloudevents, slack, json or template",
      )
      .option("--template-file <file>", "for the format template: the JSON document to fill")
      .option(
        "--event <event...>",
        "push, pull, delete, tag-moved, repository, namespace, member, right, quota-warning, quota-exceeded, retention-removed, scan, vulnerability, build (default: push and delete)",
      )
      .option("--repositories <pattern>", "only of matching repositories, such as acme/api-*")
      .option("--tags <pattern>", "only of matching tags, such as v1.*")
      .option("--signed", "ask for a secret of 16 characters or more to sign deliveries with"),
  plan: async ({ operands, options, terminal }) => {
    const [label, url] = operands;
    const { signed, event: events, templateFile, ...rest } = createOptions.parse(options);
    const template = templateFile === undefined ? undefined : await readFile(templateFile, "utf8");
    const secret = signed ? await terminal.askSecret("Secret") : undefined;
    if (secret === "")
      throw new CommandError(
        "usage",
        "--signed: the secret is empty; a script gives it in the next line of its input",
      );
    const body = { label, url, ...rest, events, secret, template };
    return { line: `POST ${WEBHOOKS_PATH}`, body, answer: webhook };
  },
  show: ({ id, label }) => [`made ${label} (${id})`],
});

const webhookDeleteCommand = apiCommand({
  name: "webhook delete",
  summary: "stop sending, and forget what was sent",
  describe: (line) => line.argument("<id>", "as berth webhook list shows it"),
  plan: (typed) => ({ line: `DELETE ${WEBHOOKS_PATH}/${segment(typed, 0)}`, answer: nothing }),
  show: (_answer, { operands }) => [`deleted ${operands[0]}`],
});

const webhookTestCommand = apiCommand({
  name: "webhook test",
  summary: "send a ping",
  describe: (line) => line.argument("<id>", "as berth webhook list shows it"),
  plan: (typed) => ({ line: `POST ${WEBHOOKS_PATH}/${segment(typed, 0)}/ping`, answer: nothing }),
  show: (_answer, { operands }) => [
    `on its way; berth webhook deliveries ${operands[0]} shows what came of it`,
  ],
});

const previewOptions = targetOptions.extend({
  event: z.string().optional(),
  tag: z.string().optional(),
  format: z.string().optional(),
  templateFile: z.string().optional(),
});

const webhookPreviewCommand = apiCommand({
  name: "webhook preview",
  summary: "show the body that a webhook would send, without sending it",
  describe: (line) =>
    line
      .argument("[id]", "as berth webhook list shows it; none: of one that could be made")
      .option("--event <event>", "what the sample is of (default: push)")
      .option("--tag <tag>", "of the sample (default: latest)")
      .option("--repository <name>", "of a webhook of this repository")
      .option("--namespace <name>", "of a webhook of this namespace")
      .option("--format <format>", "without an id: as of berth webhook create")
      .option("--template-file <file>", "without an id: the JSON document to fill"),
  plan: async (typed) => {
    const { templateFile, ...rest } = previewOptions.parse(typed.options);
    const template = templateFile === undefined ? undefined : await readFile(templateFile, "utf8");
    const path = typed.operands[0] === undefined ? "" : `/${segment(typed, 0)}`;
    const body = { ...rest, template };
    return { line: `POST ${WEBHOOKS_PATH}${path}/preview`, body, answer: webhookPreviewed };
  },
  show: ({ messages, notes }) => [
    ...messages.map(({ body }) => body),
    ...notes.map((note) => `note: ${note}`),
  ],
});

const webhookDeliveriesCommand = apiCommand({
  name: "webhook deliveries",
  summary: "show what was sent and what came back, newest first",
  describe: (line) =>
    line
      .argument("<id>", "as berth webhook list shows it")
      .option("--before <number>", "deliveries before this one"),
  plan: (typed) => {
    const { before } = z.object({ before: z.string().optional() }).parse(typed.options);
    const query = before === undefined ? "" : `?${new URLSearchParams({ before })}`;
    return {
      line: `GET ${WEBHOOKS_PATH}/${segment(typed, 0)}/deliveries${query}`,
      answer: deliveryPage,
    };
  },
  show: ({ items, next }, { operands }) => [
    ...table([
      ["DELIVERY", "WHEN", "EVENT", "ABOUT", "STATE", "TRIES", "STATUS"],
      ...items.map(({ id, createdAt, event, about, state, attempts, status }) => [
        String(id),
        createdAt,
        event,
        about,
        state,
        String(attempts),
        status === undefined ? "" : String(status),
      ]),
    ]),
    ...(next === undefined
      ? []
      : [`more: berth webhook deliveries ${operands[0]} --before ${next}`]),
  ],
});

const webhookRedeliverCommand = apiCommand({
  name: "webhook redeliver",
  summary: "send a delivery once more",
  describe: (line) =>
    line
      .argument("<id>", "as berth webhook list shows it")
      .argument("<delivery>", "as berth webhook deliveries shows it"),
  plan: (typed) => ({
    line: `POST ${WEBHOOKS_PATH}/${segment(typed, 0)}/deliveries/${segment(typed, 1)}/redeliver`,
    answer: nothing,
  }),
  show: () => ["on its way"],
});

const webhookReplayCommand = apiCommand({
  name: "webhook replay",
  summary: "send dead letters once more, or everything since a time",
  describe: (line) =>
    line
      .argument("<id>", "as berth webhook list shows it")
      .option("--since <time>", "everything made since, such as 2026-11-24T08:00:00Z"),
  plan: (typed) => ({
    line: `POST ${WEBHOOKS_PATH}/${segment(typed, 0)}/replay`,
    body: z.object({ since: z.string().optional() }).parse(typed.options),
    answer: replayed,
  }),
  show: ({ sent }) => [`${sent} on their way`],
});

export const WEBHOOK_COMMANDS: readonly Command[] = [
  webhookListCommand,
  webhookCreateCommand,
  webhookDeleteCommand,
  webhookPreviewCommand,
  webhookTestCommand,
  webhookDeliveriesCommand,
  webhookRedeliverCommand,
  webhookReplayCommand,
];
