import type { SourceProvider } from "../../contract/build-sources.ts";
import type { Sealing } from "../../platform/keys/index.ts";
import type { GitCredential } from "../git/git-mirror.ts";
import type { BuildSource } from "./sources-store.ts";

type Secret = "token" | "key" | "hook";

/** A sealed secret opens for the source that it was made for, and as what it was made. */
export function contextOf(source: string, secret: Secret): string {
  return `build source ${source} ${secret}`;
}

/** What servers take beside a token of theirs. */
const USER_NAMES: Readonly<Record<SourceProvider, string>> = {
  github: "x-access-token",
  gitlab: "oauth2",
  gitea: "oauth2",
  bitbucket: "x-token-auth",
  "bitbucket-server": "x-token-auth",
  other: "git",
};

export function openCredential(
  source: BuildSource,
  sealing: Pick<Sealing, "unseal">,
): GitCredential {
  const { id, sealedToken, sealedKey, username, provider } = source;
  if (sealedToken !== undefined)
    return {
      kind: "token",
      username: username ?? USER_NAMES[provider],
      token: sealing.unseal(sealedToken, contextOf(id, "token")),
    };
  if (sealedKey === undefined) return { kind: "none" };
  return { kind: "key", privateKey: sealing.unseal(sealedKey, contextOf(id, "key")) };
}
