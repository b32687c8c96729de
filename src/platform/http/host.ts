import { isIPv6 } from "node:net";

const NAME_AND_PORT =
  /^(?<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?<port>\d{1,5}))?$/;

/**
 * Whether the text names a host and perhaps a port, and nothing else. A Host with `/`, `?`, `#` or `@` in it would
 * move the parts of every URL that is built from it.
 */
export function isHost(text: string): boolean {
  const { name = "", port } = NAME_AND_PORT.exec(text)?.groups ?? {};
  if (name.startsWith("[")) return isIPv6(name.slice(1, -1)) && isPort(port);
  return name !== "" && isPort(port);
}

/** The host that a request names: undefined without one, "malformed" when it cannot be one or is named twice. */
export function hostOf(rawHeaders: readonly string[]): string | undefined | "malformed" {
  let host: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== 4 || name.toLowerCase() !== "host") continue;
    const value = rawHeaders[index + 1] ?? "";
    if (host !== undefined || !isHost(value)) return "malformed";
    host = value;
  }
  return host;
}

function isPort(text: string | undefined): boolean {
  return text === undefined || (Number(text) > 0 && Number(text) <= 65_535);
}
