import { type DestinationStream, type Logger, pino } from "pino";
import { LogOutput } from "./log-output.ts";
import { createPrettyStream } from "./pretty-stream.ts";
import { CENSORED, redactFields, redactText, SECRET_PATHS } from "./redaction.ts";

export interface LoggerOptions {
  readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** `auto` is pretty on a terminal. */
  readonly format: "json" | "pretty" | "auto";
  /** Standard output unless given. */
  readonly stream?: LogStream;
}

export type LogStream = DestinationStream & { readonly isTTY?: boolean };

const STDOUT = 1;

/** Writes one line for each call, without secrets, and never stops the process when it cannot. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, format, stream = new LogOutput(STDOUT) } = options;
  const isTerminal = stream.isTTY === true;
  const isPretty = format === "pretty" || (format === "auto" && isTerminal);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: redactFields,
      },
      redact: { paths: SECRET_PATHS, censor: CENSORED },
      serializers: { err: serializeError },
      hooks: { streamWrite: redactText },
    },
    isPretty ? createPrettyStream({ stream, hasColours: isTerminal }) : stream,
  );
}

/** With what libraries hang on their errors, such as the headers of a request that failed. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return redactFields({ ...pino.stdSerializers.err(error) });
}
