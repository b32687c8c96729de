import { z } from "zod";
import { permission } from "./roles.ts";

export const CATALOG_ORGANIZATIONS_PATH = "/api/v1/catalog/organizations";

/** What an organization's page has to know before it shows anything. */
export const organizationView = z.object({
  name: z.string(),
  fullName: z.string(),
  createdAt: z.iso.datetime(),
  role: z.string().optional().describe("Of the caller; left out for whoever does not belong to it"),
  isOwner: z.boolean(),
  permissions: z.array(permission).describe("What the caller's role holds"),
});
