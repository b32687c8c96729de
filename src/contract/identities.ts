import { z } from "zod";

export const IDENTITIES_PATH = "/api/v1/account/identities";

/** That somebody of a directory or a provider is the owner of an account here. */
export const identity = z.object({
  id: z.string(),
  /** `ldap`, or the provider's name in the settings. */
  provider: z.string(),
  issuer: z.string(),
  subject: z.string(),
  /** What the person is called there. */
  name: z.string(),
  createdAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
});

export const identityList = z.object({ items: z.array(identity) });

export const userIdentityList = identityList.extend({
  providers: z
    .array(z.string())
    .describe(
      "Whose people can be linked: `ldap` where the hub has a directory, and its providers",
    ),
});

/** Of a directory, by the name that is typed at a login; of a provider, by the `sub` of its tokens. */
export const newIdentity = z.strictObject({
  provider: z.string().max(64),
  user: z.string().min(1).max(255).optional(),
  subject: z.string().min(1).max(255).optional(),
});
