import type { Config } from "../platform/config/index.ts";
import type { Endpoint } from "../webhooks/index.ts";

type Configured = Config["notifications"]["endpoints"];

/** What the configuration means for whoever sends. A disabled endpoint is none. */
export function toEndpoints(configured: Configured): readonly Endpoint[] {
  return configured
    .filter(({ disabled }) => !disabled)
    .map(({ name, url, headers, timeout, threshold, backoff, format, ignore }) => ({
      ...{ name, threshold, format },
      ...withoutLogin(url, headers),
      timeoutMs: timeout,
      backoffMs: backoff,
      ignoredMediaTypes: new Set(ignore.mediaTypes),
      ignoredActions: new Set(ignore.actions),
    }));
}

/** A name and a password in the address go into a header, where Go's client puts them too. */
function withoutLogin(text: string, headers: Configured[number]["headers"]) {
  const url = new URL(text);
  if (url.username === "" && url.password === "") return { url: text, headers };
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = "";
  url.password = "";
  const authorization = [`Basic ${Buffer.from(login).toString("base64")}`];
  return { url: url.href, headers: { authorization, ...headers } };
}
