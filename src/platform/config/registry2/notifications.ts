import { toDuration } from "./go-yaml.ts";
import { lookUp, lookUpList, type Tree } from "./lookup.ts";

/** Who is told of pushes and pulls; what is not set has distribution's defaults, which are Berth's too. */
export function readNotifications(registry: Tree): Tree {
  const endpoints = lookUpList(registry, "notifications.endpoints").map((one) =>
    readEndpoint((one ?? {}) as Tree),
  );
  return {
    endpoints,
    includeReferences: lookUp(registry, "notifications.events.includereferences") === true,
  };
}

function readEndpoint(endpoint: Tree): Tree {
  const { name, url, headers, threshold, disabled, format } = endpoint;
  const ignored = [
    ...lookUpList(endpoint, "ignoredmediatypes"),
    ...lookUpList(endpoint, "ignore.mediatypes"),
  ];
  const settings = {
    // distribution takes endpoints without a name.
    name: String(name ?? url ?? ""),
    url: url === undefined || url === null ? undefined : String(url),
    headers: readHeaders(headers),
    timeout: toDuration(endpoint.timeout),
    backoff: toDuration(endpoint.backoff),
    threshold: typeof threshold === "number" && threshold > 0 ? threshold : undefined,
    disabled: disabled === true,
    format: format ?? undefined,
    ignore: {
      mediaTypes: ignored.map(String),
      actions: lookUpList(endpoint, "ignore.actions").map(String),
    },
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function readHeaders(headers: unknown): Tree | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  const entries = Object.entries(headers).map(([name, values]) => [
    name,
    (Array.isArray(values) ? values : [values]).map(String),
  ]);
  return Object.fromEntries(entries);
}
