import { z } from "zod";
import { pageQuery } from "./pages.ts";

export const CONTENT_TRUST_PATH = "/api/v1/content-trust";
export const CONTENT_TRUST_CHANGES_PATH = "/api/v1/content-trust-changes";

const signer = z.object({
  id: z.string().describe("The key's id, as docker trust inspect shows it"),
  name: z.string().nullable().describe("What its certificate says, where it has one"),
});

const trustRole = z.object({
  role: z
    .string()
    .describe("root, targets, snapshot, timestamp, or a delegation such as targets/releases"),
  version: z.int(),
  expires: z.iso.datetime(),
  threshold: z.int().describe("How many of the keys have to sign"),
  keys: z.array(signer),
});

const signedTag = z.object({
  tag: z.string(),
  digest: z.string().nullable(),
  roles: z.array(z.string()).describe("Who says so"),
});

const trustCollection = z.object({
  gun: z.string().describe("The name under which it is signed: the repository's with its host"),
  isCurrentName: z
    .boolean()
    .describe("False for what was signed before the repository was renamed, which counts no more"),
  createdAt: z.iso.datetime(),
  roles: z.array(trustRole),
  tags: z.array(signedTag).describe("The first 1000 of them"),
  hasMoreTags: z.boolean(),
});

export const repositoryTrust = z.object({
  repository: z.string(),
  items: z.array(trustCollection),
});

export const trustReset = z.strictObject({
  gun: z
    .string()
    .max(512)
    .optional()
    .describe("Only what is signed under this name; everything without it"),
});

export const trustChangesQuery = pageQuery;

export const trustChange = z.object({
  id: z.string(),
  gun: z.string(),
  category: z.enum(["update", "deletion"]),
  version: z.int().describe("Of the timestamp; 0 for a deletion"),
  sha256: z.string().describe("Of the timestamp"),
  at: z.iso.datetime(),
});
