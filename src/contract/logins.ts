import { z } from "zod";

const instant = z.iso.datetime();

/** What `docker login` or `berth login` left on some machine: a token that stands for the account until it is ended. */
export const login = z.object({
  id: z.string(),
  /** What it was made with: a password, a personal token. */
  credential: z.string(),
  /** What the machine's client called itself, and where it was. */
  client: z.string(),
  address: z.string(),
  createdAt: instant,
  /** To the hour. */
  lastUsedAt: instant,
  expiresAt: instant,
});

export const loginList = z.object({ items: z.array(login) });

export const LOGINS_PATH = "/api/v1/account/logins";

/** Follows the key that tokens are signed with by another, and believes nothing any more that the former one signed. */
export const KEYS_PATH = "/api/v1/operations/keys";

export const newKey = z.object({ kid: z.string() });
