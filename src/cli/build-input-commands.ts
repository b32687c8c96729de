import { readFile } from "node:fs/promises";
import { z } from "zod";
import {
  buildSecretList,
  buildTriggerList,
  madeBuildTrigger,
  SECRET_PATHS,
  TRIGGER_PATHS,
} from "../contract/build-inputs.ts";
import { BUILD_PATHS, keptBuildRules, rulePreviewed } from "../contract/builds.ts";
import { printable } from "../lib/printable.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import { repositoryPath } from "./repository-path.ts";

const importCommand = apiCommand({
  name: "build rules import",
  summary: "take over the build rules of a repository on Docker Hub",
  description:
    "Replaces all build rules of a repository by those that Docker Hub shows on its page of build rules, marked and copied as text, or\n" +
    "by their JSON.",
  describe: (line) =>
    line.argument("<name>", "such as acme/api").argument("<file>", "what was copied"),
  plan: async ({ operands: [name, file = ""] }) => ({
    line: `POST ${BUILD_PATHS.importRules}/${repositoryPath(name)}`,
    body: { text: await readFile(file, "utf8") },
    answer: keptBuildRules,
  }),
  show: ({ rules, warnings = [] }) => [
    ...table([
      ["TYPE", "SOURCE", "TAGS", "CONTEXT", "DOCKERFILE"],
      ...rules.map(({ sourceType, source, dockerTag, context = "/", dockerfile = "Dockerfile" }) =>
        [sourceType, source, dockerTag, context, dockerfile].map(printable),
      ),
    ]),
    ...warnings.map((warning) => `warning: ${printable(warning)}`),
  ],
});

const previewCommand = apiCommand({
  name: "build preview",
  summary: "show which tags the build rules of a repository make of a branch or tag",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .requiredOption("--ref <ref>", "refs/heads/BRANCH or refs/tags/TAG"),
  plan: ({ operands: [name], options }) => ({
    line: `POST ${BUILD_PATHS.previewRules}/${repositoryPath(name)}`,
    body: z.object({ ref: z.string() }).parse({ ref: options.ref }),
    answer: rulePreviewed,
  }),
  show: ({ ref, commit, rules }) => [
    commit === undefined
      ? `${printable(ref)} was not pushed yet`
      : `${printable(ref)} is at ${commit}`,
    ...rules.flatMap(({ rule, builds, why, context, dockerfile, autobuild, tags }) =>
      builds
        ? [
            `rule ${rule}: builds ${printable(dockerfile ?? "")} in ${printable(context ?? "")}${autobuild ? "" : ", when somebody asks"}`,
            ...tags.map((one) =>
              one.tag === undefined
                ? `  no tag by ${printable(one.template)}: ${printable(one.why ?? "")}`
                : `  ${one.tag}`,
            ),
          ]
        : [`rule ${rule}: no build: ${printable(why ?? "")}`],
    ),
  ],
});

const secretSetCommand = apiCommand({
  name: "build secrets set",
  summary: "keep a secret for builds of a repository",
  description:
    "Asks for the secret. Builds by rules that name it see it as a file, by RUN --mount=type=secret,id=NAME, and nobody else ever does;\n" +
    "in logs it is hidden.",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .argument("<secret>", "what to call it")
      .option("--file <file>", "the secret, in place of asking"),
  plan: async ({ operands: [name, secret], options, terminal }) => {
    const { file } = z.object({ file: z.string().optional() }).parse(options);
    const value =
      file === undefined ? await terminal.askSecret("Secret") : await readFile(file, "utf8");
    if (value === "") throw new CommandError("usage", "the secret is empty");
    return {
      line: `PUT ${SECRET_PATHS.of}/${repositoryPath(name)}`,
      body: { name: secret, value },
      answer: nothing,
    };
  },
  show: (_answer, { operands }) => [
    `kept: name it by --secret ${operands[1]} of berth build rules set`,
  ],
});

const secretListCommand = apiCommand({
  name: "build secrets list",
  summary: "list the secrets that builds of a repository can have",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `GET ${SECRET_PATHS.of}/${repositoryPath(name)}`,
    answer: buildSecretList,
  }),
  show: ({ items }) =>
    table([["NAME", "SET"], ...items.map(({ name, updatedAt }) => [name, updatedAt])]),
});

const secretRemoveCommand = apiCommand({
  name: "build secrets remove",
  summary: "forget a secret of builds",
  describe: (line) =>
    line.argument("<name>", "such as acme/api").argument("<secret>", "what it is called"),
  plan: ({ operands: [name, secret = ""] }) => ({
    line: `DELETE ${SECRET_PATHS.one}/${encodeURIComponent(secret)}/${repositoryPath(name)}`,
    answer: nothing,
  }),
  show: () => ["forgotten"],
});

const triggerCreateCommand = apiCommand({
  name: "build triggers create",
  summary: "make an address by which another program starts builds",
  description:
    "Shows the address this once. A POST to it starts builds by all rules; with JSON as Docker Hub takes it, such as\n" +
    '{"source_type": "Tag", "source_name": "v1.2"} or {"docker_tag": "latest"}, those of a branch, tag or tag of the image.',
  describe: (line) =>
    line.argument("<name>", "such as acme/api").argument("<label>", "what to call it"),
  plan: ({ operands: [name, label] }) => ({
    line: `POST ${TRIGGER_PATHS.of}/${repositoryPath(name)}`,
    body: { label },
    answer: madeBuildTrigger,
  }),
  show: ({ id, url }) => [`made ${id}`, `Address (shown once): ${printable(url)}`],
});

const triggerListCommand = apiCommand({
  name: "build triggers list",
  summary: "list the addresses by which other programs start builds",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `GET ${TRIGGER_PATHS.of}/${repositoryPath(name)}`,
    answer: buildTriggerList,
  }),
  show: ({ items }) =>
    table([
      ["ID", "LABEL", "MADE BY", "USED"],
      ...items.map(({ id, label, createdBy, usedAt = "never" }) =>
        [id, label, createdBy, usedAt].map(printable),
      ),
    ]),
});

const triggerRevokeCommand = apiCommand({
  name: "build triggers revoke",
  summary: "have an address start no more builds",
  describe: (line) => line.argument("<id>", "as berth build triggers list shows it"),
  plan: (typed) => ({ line: `DELETE ${TRIGGER_PATHS.one}/${segment(typed, 0)}`, answer: nothing }),
  show: () => ["revoked"],
});

export const BUILD_INPUT_COMMANDS: readonly Command[] = [
  importCommand,
  previewCommand,
  secretSetCommand,
  secretListCommand,
  secretRemoveCommand,
  triggerCreateCommand,
  triggerListCommand,
  triggerRevokeCommand,
];
