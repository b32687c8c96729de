import { z } from "zod";
import { QUOTA_RESOURCES, QUOTAS_PATH, type QuotaResource, quota } from "../contract/quotas.ts";
import { formatBytes, parseBytes } from "../lib/byte-size.ts";
import { apiCommand } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { pathOfScope, SCOPE } from "./scope-path.ts";

const setOptions = z.object({
  bytes: z.string().optional(),
  tags: z.string().optional(),
  repositories: z.string().optional(),
});

const showCommand = apiCommand({
  name: "quota show",
  summary: "show what a scope may store, and what it does",
  description:
    "Shows the quota of the whole hub, of a user or an organization, or of a repository, what of it is used, and whether it was\n" +
    "set for it or is the configured default.",
  describe: (line) => line.argument("[scope]", SCOPE, "hub"),
  plan: (typed) => ({ line: `GET ${pathOf(typed)}`, answer: quota }),
  show: describeQuota,
});

const setCommand = apiCommand({
  name: "quota set",
  summary: "set what a scope may store",
  description:
    "Sets what the whole hub, a user or an organization, or a repository may store. Administrators of the hub set the first two,\n" +
    "owners the last. A quota below what is used refuses pushes until enough is deleted; nothing is removed.\n" +
    "Each takes a number, unlimited, or default for what is configured.",
  describe: (line) =>
    line
      .argument("<scope>", SCOPE)
      .option("--bytes <size>", "such as 10GiB")
      .option("--tags <number>", "how many tags")
      .option("--repositories <number>", "how many repositories"),
  plan: (typed) => {
    const options = setOptions.parse(typed.options);
    const named = QUOTA_RESOURCES.filter((resource) => options[resource] !== undefined);
    if (named.length === 0)
      throw new CommandError("usage", "say one of --bytes, --tags and --repositories");
    const body = Object.fromEntries(
      named.map((resource) => [resource, readAmount(resource, options[resource] ?? "")]),
    );
    return { line: `PATCH ${pathOf(typed)}`, body, answer: quota };
  },
  show: describeQuota,
});

export const QUOTA_COMMANDS: readonly Command[] = [showCommand, setCommand];

function readAmount(resource: QuotaResource, text: string): number | "unlimited" | null {
  if (text === "unlimited") return text;
  if (text === "default") return null;
  const amount = resource === "bytes" ? parseBytes(text) : readCount(text);
  if (amount !== undefined) return amount;
  const example = resource === "bytes" ? "10GiB" : "100";
  const choices = `a number such as ${example}, unlimited, or default`;
  throw new CommandError("usage", `--${resource} takes ${choices}`);
}

function readCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function pathOf({ operands: [scope = "hub"] }: Invocation): string {
  return pathOfScope(QUOTAS_PATH, scope);
}

function describeShare(share: number): string {
  if (share > 10) return "more than ten times that";
  return `${Math.floor(share * 100)} %`;
}

function describeQuota(shown: z.output<typeof quota>): readonly string[] {
  const { scope, bytes } = shown;
  const resources = QUOTA_RESOURCES.filter(
    (resource) => resource !== "repositories" || scope.kind !== "repository",
  );
  const lines = resources.map((resource) => {
    const { limit, from, used } = shown[resource];
    const say = (amount: number) => (resource === "bytes" ? formatBytes(amount) : String(amount));
    const share = limit === null || limit === 0 ? "" : ` (${describeShare(used / limit)})`;
    const allowed = limit === null ? "no limit" : `of ${say(limit)}${share}`;
    const source = from === "default" ? "by default" : "set here";
    return `  ${resource.padEnd(12)} ${say(used)} ${allowed}, ${source}`;
  });
  const { arriving, held } = bytes;
  const rest = arriving > 0 ? [`  ${formatBytes(arriving)} more are on their way`] : [];
  if (held !== null && held > 0)
    rest.push(`  ${formatBytes(held)} of the bytes are in no image, and are held until collection`);
  return [
    scope.kind === "hub" ? "the whole hub" : `${scope.kind} ${scope.name}`,
    ...lines,
    ...rest,
  ];
}
