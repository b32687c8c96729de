import { z } from "zod";
import { repositoryAction } from "../contract/accounts.ts";
import { defaultRight } from "../contract/organizations.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";

const options = z.object({
  account: z.string().optional(),
  team: z.string().optional(),
  may: z.array(repositoryAction).optional(),
  tags: z.string().optional(),
  createOnly: z.boolean().default(false),
  remove: z.boolean().default(false),
});

const answer = z.union([nothing, z.object({ items: z.array(defaultRight) })]);

type Typed = z.output<typeof options>;

const defaultRightsCommand = apiCommand({
  name: "repo default-rights",
  summary: "show or change what accounts and teams are given in new repositories",
  description:
    "Shows what accounts and teams are given in each repository that is made in a namespace, or given away to it, from now on. With\n" +
    "--account or --team, changes it. What is there already stays as it is: berth repo grant --pattern speaks of that, too.",
  describe: (line) =>
    line
      .argument("<namespace>", "the user or organization that the repositories will belong to")
      .option("--account <name>", "to this user")
      .option("--team <name>", "to this team of the organization")
      .option("--may <action...>", "pull (default), push, delete, admin")
      .option("--tags <pattern>", "pushes of such tags only, as v1.*")
      .option("--create-only", "pushes of tags that are not there yet only")
      .option("--remove", "give it no longer; what was given stays"),
  plan: (typed) => {
    const wish = options.parse(typed.options);
    assertMakesSense(wish);
    const path = `/api/v1/namespaces/${segment(typed, 0)}/default-rights`;
    const subject = subjectOf(wish);
    if (Object.keys(subject).length === 0) return { line: `GET ${path}`, answer };
    if (wish.remove) return { line: `DELETE ${path}?${new URLSearchParams(subject)}`, answer };
    const { may: actions = ["pull"], tags, createOnly } = wish;
    const body = { ...subject, actions, ...(tags !== undefined && { tags }), createOnly };
    return { line: `PUT ${path}`, body, answer };
  },
  show: (answered, typed) => {
    const [namespace = ""] = typed.operands;
    const { remove, account, team } = options.parse(typed.options);
    const who = account ?? `team ${team}`;
    if (answered === undefined) {
      const change = remove ? "is given nothing more" : "is given rights";
      return [`${who} ${change} in new repositories of ${namespace}`];
    }
    if (answered.items.length === 0)
      return [`new repositories of ${namespace} come without rights`];
    return table([["WHO", "MAY", "CONDITIONS"], ...answered.items.map(rowOf)]);
  },
});

export const DEFAULT_RIGHT_COMMANDS: readonly Command[] = [defaultRightsCommand];

function assertMakesSense(wish: Typed): void {
  const { account, team, may, tags, createOnly, remove } = wish;
  const isGiving = may !== undefined || tags !== undefined || createOnly;
  if (account !== undefined && team !== undefined)
    throw new CommandError("usage", "say who: either --account or --team");
  if (account === undefined && team === undefined && (isGiving || remove))
    throw new CommandError("usage", "say who: --account or --team");
  if (remove && isGiving)
    throw new CommandError("usage", "--remove takes everything: say nothing beside it but who");
}

function subjectOf({ account, team }: Typed): Record<string, string> {
  return { ...(account !== undefined && { account }), ...(team !== undefined && { team }) };
}

function rowOf(given: z.output<typeof defaultRight>): readonly string[] {
  const { account, team, actions, tags, createOnly } = given;
  const conditions = [tags && `tags ${tags}`, createOnly && "new tags only"];
  return [account ?? `team ${team}`, actions.join(","), conditions.filter(Boolean).join(", ")];
}
