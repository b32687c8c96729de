import { z } from "zod";
import type { HubClient } from "../client/hub-client.ts";
import { createdMachine, machine, rotated } from "../contract/organizations.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command, Invocation } from "./command.ts";
import { findId } from "./find-id.ts";

/** Robots and organization tokens have the same routes under two nouns. */
const kindOption = z.object({ organizationToken: z.boolean().default(false) });

function addKind(line: Parameters<Command["describe"]>[0]) {
  return line.option(
    "--organization-token",
    "a token with which the organization's own name logs in, as on Docker Hub, in place of a robot",
  );
}

const machineList = z.object({ items: z.array(machine) });

/** Of what was named by label, by id, or by the name that it logs in with. */
async function idOf(typed: Invocation, hub: HubClient): Promise<string> {
  const { items } = await hub.call({ line: `GET ${pathOf(typed)}`, answer: machineList });
  const { organizationToken } = kindOption.parse(typed.options);
  const [organization = "", name = ""] = typed.operands;
  const label = organizationToken ? name : name.replace(`${organization}+`, "");
  return findId(items, label, `berth robot list ${organization}`);
}

function pathOf(typed: Invocation): string {
  const { organizationToken } = kindOption.parse(typed.options);
  const noun = organizationToken ? "tokens" : "robots";
  return `/api/v1/organizations/${segment(typed, 0)}/${noun}`;
}

const robotListCommand = apiCommand({
  name: "robot list",
  summary: "list what logs in for an organization without being a person",
  describe: (line) => addKind(line.argument("<organization>", "whose")),
  plan: (typed) => ({
    line: `GET ${pathOf(typed)}`,
    answer: machineList,
  }),
  show: ({ items }) =>
    table([
      ["ID", "LABEL", "USER", "MAY", "EXPIRES", "LAST USED", "STATE"],
      ...items.map(({ id, label, user, resources, expiresAt, lastUse, isActive, countsAsPull }) => [
        id,
        label,
        user,
        resources
          .map(({ repositories, actions }) => `${actions.join("+")} ${repositories}`)
          .join(", "),
        expiresAt ?? "never",
        lastUse?.at ?? "never",
        [isActive ? "" : "off", countsAsPull ? "" : "no pulls"].filter(Boolean).join(", "),
      ]),
    ]),
});

const createOptions = z.object({
  allow: z.array(z.string()).default([]),
  description: z.string().optional(),
  expires: z.string().optional(),
  pulls: z.boolean().default(true),
});

const robotCreateCommand = apiCommand({
  name: "robot create",
  summary: "make a robot; its secret is shown this once",
  describe: (line) =>
    addKind(
      line
        .argument("<organization>", "whose")
        .argument("<label>", "what to call it")
        .requiredOption("--allow <right...>", "such as pull:acme/** or pull,push:acme/api")
        .option("--description <text>", "what it is for")
        .option("--expires <time>", "when it ends, such as 2027-01-01T00:00:00Z")
        .option(
          "--no-pulls",
          "what it pulls counts as pulled by nobody: for scanners and replication",
        ),
    ),
  plan: (typed) => {
    const { allow, description, expires: expiresAt, pulls } = createOptions.parse(typed.options);
    const body = {
      label: typed.operands[1],
      description,
      expiresAt,
      countsAsPull: pulls,
      resources: allow.map(toPermit),
    };
    return { line: `POST ${pathOf(typed)}`, body, answer: createdMachine };
  },
  show: ({ user, secret }) => [`user    ${user}`, `secret  ${secret}`, "It is not shown again."],
});

/** `pull,push:acme/api` */
function toPermit(text: string) {
  const colon = text.indexOf(":");
  return { actions: text.slice(0, colon).split(","), repositories: text.slice(colon + 1) };
}

const robotRotateCommand = apiCommand({
  name: "robot rotate",
  summary: "give a robot a new secret; the former one holds for a while",
  describe: (line) =>
    addKind(
      line
        .argument("<organization>", "whose")
        .argument("<robot>", "its label or id, as berth robot list shows them")
        .option("--overlap <seconds>", "how long the former secret holds (default: 3600)"),
    ),
  plan: async (typed, hub) => {
    const { overlap } = z.object({ overlap: z.coerce.number().optional() }).parse(typed.options);
    const line = `POST ${pathOf(typed)}/${await idOf(typed, hub)}/rotate`;
    return { line, body: { overlapSeconds: overlap }, answer: rotated };
  },
  show: ({ secret }) => [`secret  ${secret}`, "It is not shown again."],
});

const robotDeleteCommand = apiCommand({
  name: "robot delete",
  summary: "end a robot and its secrets",
  describe: (line) =>
    addKind(
      line
        .argument("<organization>", "whose")
        .argument("<robot>", "its label or id, as berth robot list shows them"),
    ),
  plan: async (typed, hub) => ({
    line: `DELETE ${pathOf(typed)}/${await idOf(typed, hub)}`,
    answer: nothing,
  }),
  show: (_answer, { operands }) => [`deleted ${operands[1]}`],
});

export const ROBOT_COMMANDS: readonly Command[] = [
  robotListCommand,
  robotCreateCommand,
  robotRotateCommand,
  robotDeleteCommand,
];
