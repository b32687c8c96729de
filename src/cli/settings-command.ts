import { z } from "zod";
import { apiCommand, segment } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";

const answer = z.object({
  restricted_images: z.object({
    enabled: z.boolean(),
    allow_official_images: z.boolean(),
    allow_verified_publishers: z.boolean(),
  }),
});

/** Kinds of public images that may be pulled beside what somebody has rights to. */
const KINDS = ["official", "verified"];

/** Throws CommandError. */
function readWish(text: string) {
  if (text === "everything")
    return { enabled: false, allow_official_images: true, allow_verified_publishers: true };
  const kinds = text === "own" ? [] : text.split(",");
  if (!kinds.every((kind) => KINDS.includes(kind))) {
    throw new CommandError(
      "usage",
      `--public-images is everything, own, or official and verified with a comma between, not "${text}"`,
    );
  }
  return {
    enabled: true,
    allow_official_images: kinds.includes("official"),
    allow_verified_publishers: kinds.includes("verified"),
  };
}

function printWish({
  enabled,
  allow_official_images: official,
  allow_verified_publishers: verified,
}: z.output<typeof answer>["restricted_images"]): string {
  if (!enabled) return "everything";
  const kinds = KINDS.filter((kind) => (kind === "official" ? official : verified));
  return kinds.length === 0 ? "own" : kinds.join(",");
}

const settingsCommand = apiCommand({
  name: "org settings",
  summary: "show or change which public images the members of an organization pull",
  describe: (line) =>
    line
      .argument("<organization>", "which one")
      .option(
        "--public-images <which>",
        "everything; own: what they have rights to, and nothing else; official, verified or both with a comma between: official images, those of verified publishers",
      ),
  plan: (typed) => {
    const path = `/v2/orgs/${segment(typed, 0)}/settings`;
    const { publicImages: wish } = typed.options as { readonly publicImages?: string };
    if (wish === undefined) return { line: `GET ${path}`, answer };
    const restricted_images = readWish(wish);
    return { line: `PUT ${path}`, body: { restricted_images }, answer };
  },
  show: ({ restricted_images }) => [`public images: ${printWish(restricted_images)}`],
});

export const SETTINGS_COMMANDS: readonly Command[] = [settingsCommand];
