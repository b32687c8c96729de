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

const CHOICES = {
  everything: { enabled: false, allow_official_images: true, allow_verified_publishers: true },
  official: { enabled: true, allow_official_images: true, allow_verified_publishers: false },
  own: { enabled: true, allow_official_images: false, allow_verified_publishers: false },
} as const;

const settingsCommand = apiCommand({
  name: "org settings",
  summary: "show or change which public images the members of an organization pull",
  describe: (line) =>
    line
      .argument("<organization>", "which one")
      .option(
        "--public-images <which>",
        "everything; official: only those of library; own: only the organization's own",
      ),
  plan: (typed) => {
    const path = `/v2/orgs/${segment(typed, 0)}/settings`;
    const { publicImages: wish } = typed.options as { readonly publicImages?: string };
    if (wish === undefined) return { line: `GET ${path}`, answer };
    if (!(wish in CHOICES)) {
      throw new CommandError(
        "usage",
        `--public-images is everything, official or own, not "${wish}"`,
      );
    }
    const restricted_images = CHOICES[wish as keyof typeof CHOICES];
    return { line: `PUT ${path}`, body: { restricted_images }, answer };
  },
  show: ({ restricted_images: { enabled, allow_official_images: official } }) => [
    `public images: ${enabled ? (official ? "official" : "own") : "everything"}`,
  ],
});

export const SETTINGS_COMMANDS: readonly Command[] = [settingsCommand];
