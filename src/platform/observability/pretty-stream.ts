import { createRequire } from "node:module";
import type { DestinationStream } from "pino";

/** Lines for people. What came from outside cannot move the cursor, change colours or begin a line of its own. */
export function createPrettyStream(options: {
  readonly stream: DestinationStream;
  readonly hasColours: boolean;
}): DestinationStream {
  // Only when it is wanted: what it brings along takes longer to load than all else of a log.
  const { prettyFactory } = createRequire(import.meta.url)(
    "pino-pretty",
  ) as typeof import("pino-pretty");
  const format = prettyFactory({
    colorize: options.hasColours,
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
  });
  return {
    write(line) {
      options.stream.write(format(escapeControls(JSON.parse(line), "")));
    },
  };
}

const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

function escapeControls(value: unknown, name: string): unknown {
  if (typeof value === "string") {
    // A stack trace is printed indented, line by line: none of them can pass for a line of the log.
    if (name === "stack") return value.split("\n").map(printControls).join("\n");
    return printControls(value);
  }
  if (Array.isArray(value)) return value.map((item) => escapeControls(item, ""));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [printControls(key), escapeControls(item, key)]),
  );
}

function printControls(text: string): string {
  return text.replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
