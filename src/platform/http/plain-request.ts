import { isHost } from "./host.ts";

/** A request for reading, of the one shape in which registry clients send nearly all of theirs. */
export interface PlainRequest {
  readonly method: "GET" | "HEAD";
  /** As sent: neither decoded nor normalised. */
  readonly target: string;
  readonly host: string;
  /** Several lines joined, as if they had been one; undefined without any. */
  readonly accept: string | undefined;
  /** What the client calls itself; "" when it does not say. */
  readonly client: string;
  /** The client asked for the connection to be closed after the answer. */
  readonly closesConnection: boolean;
}

const REQUEST_LINE = /^(GET|HEAD) (\/[\x21-\x7e]*) HTTP\/1\.1$/;
const FIELD = /^([A-Za-z0-9-]+):[ ]?([\x20-\x7e]*)$/;
const HEAD_END = "\r\n\r\n";

/** Fields that change nothing about an answer to reading. */
const WITHOUT_EFFECT = new Set(["accept-encoding", "docker-distribution-api-version"]);

const WITH_EFFECT = new Set(["host", "accept", "connection"]);

/**
 * Reads a request head of which every byte is understood; undefined for everything else: another method or version, a
 * field that is not known here (a body, a range, a condition, credentials), more or less than exactly one head. Those
 * are for a complete parser. Being strict is what makes it safe to look at requests before that one does.
 */
export function parsePlainRequest(head: string): PlainRequest | undefined {
  if (head.indexOf(HEAD_END) !== head.length - HEAD_END.length) return undefined;
  const [requestLine = "", ...lines] = head.slice(0, -HEAD_END.length).split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(requestLine) ?? [];
  const fields = readFields(lines);
  if (target === undefined || fields === undefined) return undefined;
  const host = fields.get("host");
  const connection = fields.get("connection")?.toLowerCase() ?? "keep-alive";
  if (host === undefined || !isHost(host)) return undefined;
  if (connection !== "keep-alive" && connection !== "close") return undefined;
  return {
    method: method === "HEAD" ? "HEAD" : "GET",
    target,
    host,
    accept: fields.get("accept"),
    client: fields.get("user-agent") ?? "",
    closesConnection: connection === "close",
  };
}

/** Host, Accept, Connection and User-Agent; undefined when a line is not understood or repeated where it must not be. */
function readFields(lines: readonly string[]): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = FIELD.exec(line) ?? [];
    const key = name.toLowerCase();
    if (WITHOUT_EFFECT.has(key)) continue;
    const held = nextValue(key, fields.get(key), value);
    if (held === undefined) return undefined;
    fields.set(key, held);
  }
  return fields;
}

/** What a field says after one more line of it. */
function nextValue(key: string, before: string | undefined, value: string): string | undefined {
  // Of several, the first holds, as it does for Node's own parser.
  if (key === "user-agent") return before ?? value;
  if (before === undefined) return WITH_EFFECT.has(key) ? value : undefined;
  return key === "accept" ? `${before}, ${value}` : undefined;
}
