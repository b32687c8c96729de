import type { Entry } from "../entry.ts";

/** Facility "log audit" (13); informational, or a warning for what was refused (RFC 5424, section 6.2.1). */
const PRIORITY = { done: 13 * 8 + 6, refused: 13 * 8 + 4 } as const;
/** The number is IANA's for documentation: the project has none of its own. */
const STRUCTURED_ID = "berth@32473";

/**
 * One message of RFC 5424. The structured data are for filters; the message is the whole entry as JSON, as `berth audit export`
 * prints it, so that whoever collects them can prove the chain.
 */
export function toSyslogMessage(entry: Entry, hostname: string): string {
  const { seq, hash, previous, action, account, name, actor, address, outcome } = entry;
  const facts = {
    seq: String(seq),
    hash,
    previous,
    action,
    account,
    name,
    actor,
    address,
    outcome,
  };
  const parameters = Object.entries(facts).map(([key, value]) => `${key}="${escapeValue(value)}"`);
  const head = [
    `<${PRIORITY[outcome]}>1`,
    new Date(entry.at).toISOString(),
    toName(hostname, 255),
    "berth",
    "-",
    toName(action, 32),
  ];
  return `${head.join(" ")} [${STRUCTURED_ID} ${parameters.join(" ")}] ${JSON.stringify(entry)}`;
}

/** With its length before it (RFC 6587, section 3.4.1; RFC 5425, section 4.3). */
export function frame(message: string): Buffer {
  const bytes = Buffer.from(message, "utf8");
  return Buffer.concat([Buffer.from(`${bytes.length} `, "ascii"), bytes]);
}

/** The beginning of a text in UTF-8, which does not end within a character. */
export function cut(bytes: Buffer, most: number): Buffer {
  let end = Math.min(bytes.length, most);
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

/** Quotes, backslashes and brackets would end the value (section 6.3.3); a line end would end a message for some receivers. */
function escapeValue(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  return text.replace(/["\\\]]/g, "\\$&").replace(/[\u0000-\u001f\u007f]/g, " ");
}

/** Printable ASCII without spaces (section 6). */
function toName(text: string, length: number): string {
  const name = text.replace(/[^\x21-\x7e]/g, "_").slice(0, length);
  return name === "" ? "-" : name;
}
