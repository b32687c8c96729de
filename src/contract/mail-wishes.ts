import { z } from "zod";

export const MAILS_PATH = "/api/v1/account/mails";

/** Which mails somebody wants, of those that are sent without being asked for. */
export const mailWishes = z.object({
  officialImages: z
    .boolean()
    .describe("About what is found in the official images that they maintain or submitted"),
});

export const mailWishChange = z.strictObject({ officialImages: z.boolean().optional() });
